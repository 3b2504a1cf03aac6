import logging

import numpy as np

from rt1t2.receptors.cohort import read_cohort_regions
from rt1t2.receptors.correlation import correlate_group
from rt1t2.receptors.correlation_table import (
    CORRELATIONS,
    INDIVIDUAL,
    Family,
    add_adjusted_p,
    individual_rows,
    summary_rows,
)
from rt1t2.receptors.region_table import COLUMNS
from rt1t2.receptors.relabelling import Scheme, allocate, generator
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run

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
    cohort = read_cohort_regions(person_rows, map_rows, participants, control_group)
    log.info("GM covariate: %s", "no" if cohort.covariate is None else "yes")
    if scheme == "balanced":
        log.warning(
            "receptors.scheme balanced (JuSpace) gives p values that are too small"
        )

    chosen = {name: receptors[name] for name in cohort.names}
    for name, row in chosen.items():
        if row.get("other_maps", "n/a") != "n/a":
            log.info("%s: %s, and not %s", row["receptor"], name, row["other_maps"])
    summary, single, nulls = [], [], {"maps": np.array(cohort.names)}
    for group, members in cohort.patient_groups():
        is_patient = cohort.groups[members] == group
        found = correlate_group(
            cohort.values[members],
            is_patient,
            cohort.maps,
            cohort.covariate,
            allocate(is_patient, permutations, scheme, generator(seed, group)),
            [cohort.ids[k] for k in members],
            cohort.names,
        )
        patients = [cohort.ids[k] for k in members[is_patient]]
        summary += summary_rows(group, chosen, found)
        single += individual_rows(group, chosen, patients, found)
        nulls[group] = found.null
        log.info(
            "%s: %d patients, %d controls, %d to %d of %d regions",
            group,
            is_patient.sum(),
            (~is_patient).sum(),
            found.n_regions.min(),
            found.n_regions.max(),
            cohort.values.shape[1],
        )
    add_adjusted_p(summary, fdr_family)
    log.info("FDR over %d tests, family: %s", len(summary), fdr_family)

    write_tsv([*person_rows, *map_rows], COLUMNS, regions)
    write_tsv(summary, CORRELATIONS, correlations)
    write_tsv(single, INDIVIDUAL, individual)
    np.savez(null, **nulls)


if __name__ == "__main__":
    run(main, snakemake)
