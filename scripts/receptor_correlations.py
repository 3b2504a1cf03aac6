import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from rt1t2.group.contrast_design import with_columns
from rt1t2.receptors.cohort import read_cohort_regions, reason_against
from rt1t2.receptors.cohort_correlations import Settings, correlate_cohort
from rt1t2.receptors.correlation_table import CORRELATIONS, INDIVIDUAL
from rt1t2.receptors.region_table import COLUMNS
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
    settings: dict[str, Any],
    more_columns: Sequence[str] = (),
) -> None:
    covariates = settings.pop("covariates", [])
    chosen = Settings(**settings)
    tables = read_tsv(participant_regions), read_tsv(map_regions)
    write_tsv([row for table in tables for row in table], COLUMNS, regions)
    sizes = Counter(row["group"] for row in participants)
    if reason := reason_against(sizes, control_group, len(receptors)):
        log.warning("no receptor correlations: %s", reason)
        write_tsv([], CORRELATIONS, correlations)
        write_tsv([], INDIVIDUAL, individual)
        np.savez(null, maps=np.array(list(receptors), dtype=str))
        return
    cohort = read_cohort_regions(
        *tables,
        with_columns(participants, more_columns),
        control_group,
        covariates=covariates,
    )
    log.info("GM covariate: %s", "no" if cohort.covariate is None else "yes")
    if chosen.scheme == "balanced":
        log.warning(
            "receptors.scheme balanced (JuSpace) gives p values that are too small"
        )
    for name in cohort.names:
        row = receptors[name]
        if row.get("other_maps", "n/a") != "n/a":
            log.info("%s: %s, and not %s", row["receptor"], name, row["other_maps"])
    result = correlate_cohort(cohort, receptors, chosen)
    log.info("FDR over %d tests, family: %s", len(result.summary), chosen.fdr_family)
    write_tsv(map(vars, result.summary), CORRELATIONS, correlations)
    write_tsv(map(vars, result.individual), INDIVIDUAL, individual)
    np.savez(null, maps=np.array(cohort.names), **result.null)


if __name__ == "__main__":
    run(main, snakemake)
