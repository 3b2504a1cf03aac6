import logging
import zlib

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptor_table import (
    CORRELATIONS,
    INDIVIDUAL,
    Family,
    add_adjusted_p,
    individual_rows,
    summary_rows,
)
from rt1t2.receptors import correlate_group
from rt1t2.region_table import COLUMNS, as_matrix
from rt1t2.relabelling import Scheme, allocate
from rt1t2.script import run
from rt1t2.tables import read_tsv, write_tsv

log = logging.getLogger("rt1t2")


def main(
    participant_regions: str,
    map_regions: str,
    correlations: str,
    regions: str,
    null: str,
    individual: str,
    code: str,
    participants: list[dict[str, str]],
    control_group: str,
    receptors: dict[str, dict[str, str]],
    permutations: int,
    scheme: Scheme,
    fdr_family: Family,
    seed: int,
) -> None:
    person_rows, map_rows = read_tsv(participant_regions), read_tsv(map_regions)
    ids, labels, values = as_matrix(person_rows, "participant")
    names, map_labels, maps = as_matrix(map_rows, "map")
    if labels != map_labels:
        raise UserError(
            "participants and receptor maps were measured in other regions."
        )
    gm = as_matrix(map_rows, "covariate")[2]
    covariate = gm[0] if len(gm) else None
    log.info("GM covariate: %s", "no" if covariate is None else "yes")

    group_of = {row["participant_id"]: row["group"] for row in participants}
    groups = np.array([group_of[person] for person in ids])
    if control_group not in groups:
        raise UserError(
            f"receptor correlations: no participant of the control group {control_group} "
            "is analysed, and z scores are relative to controls."
        )
    if scheme == "balanced":
        log.warning(
            "receptors.scheme balanced (JuSpace) gives p values that are too small"
        )

    receptor_of = {name: receptors[name]["receptor"] for name in names}
    summary, single, nulls = [], [], {"maps": np.array(names)}
    for group in dict.fromkeys(group_of.values()):
        if group == control_group or group not in groups:
            continue
        members = np.flatnonzero(np.isin(groups, (group, control_group)))
        is_patient = groups[members] == group
        # Seeded by the group's name: another group more or less changes nothing here
        rng = np.random.default_rng([seed, zlib.crc32(group.encode())])
        found = correlate_group(
            values[members],
            is_patient,
            maps,
            covariate,
            allocate(is_patient, permutations, scheme, rng),
            [ids[k] for k in members],
            names,
        )
        patients = [ids[k] for k in members[is_patient]]
        summary += summary_rows(group, receptor_of, found)
        single += individual_rows(group, receptor_of, patients, found)
        nulls[group] = found.null
        log.info(
            "%s: %d patients, %d controls, %d to %d of %d regions",
            group,
            is_patient.sum(),
            (~is_patient).sum(),
            found.n_regions.min(),
            found.n_regions.max(),
            len(labels),
        )
    if not summary:
        raise UserError(
            "receptor correlations: no participant of a patient group is analysed."
        )
    add_adjusted_p(summary, fdr_family)
    log.info("FDR over %d tests, family: %s", len(summary), fdr_family)

    write_tsv([*person_rows, *map_rows], COLUMNS, regions)
    write_tsv(summary, CORRELATIONS, correlations)
    write_tsv(single, INDIVIDUAL, individual)
    np.savez(null, **nulls)


if __name__ == "__main__":
    run(main, snakemake)
