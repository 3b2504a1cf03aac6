"""Region means of a cohort and of the receptor maps, read and matched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.region_table import as_matrix

Rows = Sequence[dict[str, str]]


@dataclass(frozen=True)
class ReceptorCohort:
    """Who and what is correlated.

    Attributes
    ----------
    ids, groups
        Of the participants.
    values
        (participants, regions) mean ratio.
    names
        Of the maps.
    maps
        (maps, regions)
    covariate
        (regions,) or ``None``.
    control_group
        Whom z scores refer to.
    """

    ids: list[str]
    groups: np.ndarray
    values: np.ndarray
    names: list[str]
    maps: np.ndarray
    covariate: np.ndarray | None
    control_group: str

    def patient_groups(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield every patient group with the positions of its members and the controls."""
        for group in dict.fromkeys(self.groups.tolist()):
            if group != self.control_group:
                yield (
                    group,
                    np.flatnonzero(np.isin(self.groups, (group, self.control_group))),
                )


def read_cohort_regions(
    person_rows: Rows,
    map_rows: Rows,
    participants: Sequence[dict[str, str]],
    control_group: str,
    column: str = "mean",
) -> ReceptorCohort:
    """Match region means of participants and maps, and say who belongs to which group.

    Raises
    ------
    UserError
        Other regions in one table than in the other; no controls; no patients.
    """
    ids, labels, values = as_matrix(person_rows, "participant", column)
    names, map_labels, maps = as_matrix(map_rows, "map", column)
    if labels != map_labels:
        raise UserError(
            "participants and receptor maps were measured in other regions."
        )
    gm = as_matrix(map_rows, "covariate")[2]
    group_of = {row["participant_id"]: row["group"] for row in participants}
    groups = np.array([group_of[person] for person in ids])
    if control_group not in groups:
        raise UserError(
            f"receptor correlations: no participant of the control group {control_group} "
            "is analysed, and z scores are relative to controls."
        )
    if set(groups.tolist()) == {control_group}:
        raise UserError(
            "receptor correlations: no participant of a patient group is analysed."
        )
    return ReceptorCohort(
        ids, groups, values, names, maps, gm[0] if len(gm) else None, control_group
    )
