"""Region means of a cohort and of the receptor maps, read and matched."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rt1t2.errors import UserError
from rt1t2.group.design import covariate_columns
from rt1t2.receptors.adjusted import correlate_adjusted
from rt1t2.receptors.correlation import (
    MIN_CONTROLS,
    Correlations,
    Missing,
    correlate_group,
)
from rt1t2.receptors.region_table import as_matrix
from rt1t2.receptors.relabelling import Scheme, allocate, generator

Rows = Sequence[dict[str, str]]


@dataclass(frozen=True)
class PatientGroup:
    """One patient group and the controls that it is compared with.

    Attributes
    ----------
    name
        Code of the group.
    members
        Positions in the cohort, of patients and controls.
    is_patient
        (members,) bool.
    participants
        Ids of the members.
    """

    name: str
    members: np.ndarray
    is_patient: np.ndarray
    participants: list[str]

    @property
    def patients(self) -> list[str]:
        """Ids of the patients."""
        return [self.participants[int(k)] for k in np.flatnonzero(self.is_patient)]

    def allocations(self, n: int, scheme: Scheme, seed: int) -> np.ndarray:
        """Draw ``n`` relabellings, see :func:`~rt1t2.receptors.relabelling.allocate`."""
        return allocate(self.is_patient, n, scheme, generator(seed, self.name))


@dataclass(frozen=True)
class ReceptorCohort:
    """The participants and maps to correlate.

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
        The group that z scores are relative to.
    adjust
        (participants, p) columns that z scores are adjusted for; ``None`` for none.
    """

    ids: list[str]
    groups: np.ndarray
    values: np.ndarray
    names: list[str]
    maps: np.ndarray
    covariate: np.ndarray | None
    control_group: str
    adjust: np.ndarray | None = None

    def patient_groups(self) -> Iterator[PatientGroup]:
        """Yield every patient group with the controls, in the order of the participants."""
        for name in dict.fromkeys(self.groups.tolist()):
            if name != self.control_group:
                both = (name, self.control_group)
                members = np.flatnonzero(np.isin(self.groups, both))
                is_patient = self.groups[members] == name
                participants = [self.ids[int(k)] for k in members]
                yield PatientGroup(name, members, is_patient, participants)

    def within(self, regions: np.ndarray) -> "ReceptorCohort":
        """Return the same people and maps with some of the regions only."""
        return replace(
            self,
            values=self.values[:, regions],
            maps=self.maps[:, regions],
            covariate=None if self.covariate is None else self.covariate[regions],
        )

    def correlate(
        self,
        group: PatientGroup,
        covariate: np.ndarray | None,
        allocations: np.ndarray,
        change: Callable[[np.ndarray], np.ndarray] = np.asarray,
        missing: Missing = "pairwise",
    ) -> Correlations:
        """Correlate a group with all maps.

        Parameters
        ----------
        group
            From :meth:`patient_groups`.
        covariate, allocations
            As in :func:`~rt1t2.receptors.correlation.correlate_group`.
        change
            Applied to the members' values (members, regions) first.
        missing
            As in :func:`~rt1t2.receptors.correlation.correlate_group`.
        """
        if self.adjust is not None:
            return correlate_adjusted(
                change(self.values[group.members]),
                group.is_patient,
                self.adjust[group.members],
                self.maps,
                covariate,
                allocations,
                group.participants,
                self.names,
            )
        return correlate_group(
            change(self.values[group.members]),
            group.is_patient,
            self.maps,
            covariate,
            allocations,
            group.participants,
            self.names,
            missing,
        )


def reason_against(
    groups: Mapping[str, int], control_group: str, n_maps: int
) -> str | None:
    """Say why no patient group can be correlated with receptor maps, or ``None`` if one can.

    ``groups`` are the analysed participants of each group.
    """
    n_controls = groups.get(control_group, 0)
    if n_maps == 0:
        return "the receptor table has no map that is used"
    if not any(n for group, n in groups.items() if group != control_group):
        return "no participant of a patient group is analysed"
    if n_controls < MIN_CONTROLS:
        return (
            f"z scores need {MIN_CONTROLS} controls, and the group {control_group} has "
            f"{n_controls}"
        )
    return None


def read_cohort_regions(
    participant_rows: Rows,
    map_rows: Rows,
    participants: Sequence[dict[str, str]],
    control_group: str,
    column: str = "mean",
    covariates: Sequence[str] = (),
) -> ReceptorCohort:
    """Match region means of participants and maps, and find each participant's group.

    Parameters
    ----------
    participant_rows, map_rows
        Rows of ``participant_regions.tsv`` and ``map_regions.tsv``.
    participants
        Rows of the participants table.
    control_group
        Code of the controls.
    column
        Which mean to take, see :data:`~rt1t2.receptors.region_table.COLUMNS`.
    covariates
        Columns of ``participants`` that z scores are adjusted for.

    Raises
    ------
    UserError
        The tables have different regions; there are no controls, or no patients.
    """
    ids, labels, values = as_matrix(participant_rows, "participant", column)
    names, map_labels, maps = as_matrix(map_rows, "map", column)
    if labels != map_labels:
        raise UserError(
            "participants and receptor maps were measured in different regions."
        )
    gm = as_matrix(map_rows, "covariate")[2]
    group_of = {row["participant_id"]: row["group"] for row in participants}
    groups = np.array([group_of[participant] for participant in ids])
    if control_group not in groups:
        raise UserError(
            f"receptor correlations: no participant of the control group {control_group} "
            "is analysed, and z scores are relative to controls."
        )
    if set(groups.tolist()) == {control_group}:
        raise UserError(
            "receptor correlations: no participant of a patient group is analysed."
        )
    rows = {row["participant_id"]: row for row in participants}
    return ReceptorCohort(
        *(ids, groups, values, names, maps, gm[0] if len(gm) else None, control_group),
        covariate_matrix([rows[participant] for participant in ids], covariates),
    )


def covariate_matrix(rows: Rows, covariates: Sequence[str]) -> np.ndarray | None:
    """Return the columns of covariates, (participants, p) centred; ``None`` without any.

    Numbers enter as they are, words as an indicator for each level but the first.
    """
    columns: dict[str, np.ndarray] = {}
    for covariate in covariates:
        columns |= covariate_columns("receptors.covariates", covariate, rows)
    return np.stack(list(columns.values()), axis=1) if columns else None
