import logging

import numpy as np

from rt1t2.receptors.cohort import read_cohort_regions
from rt1t2.receptors.correlation_table import Family, add_adjusted_p
from rt1t2.receptors.region_table import RegionMeasure
from rt1t2.receptors.relabelling import Scheme
from rt1t2.receptors.sensitivity import Settings, sensitivity_rows
from rt1t2.receptors.sensitivity_table import SENSITIVITY
from rt1t2.regions import Background
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    participant_regions: str,
    map_regions: str,
    atlas: str,
    labels: str,
    gm_covariate: str | list[str],
    sensitivity: str,
    code: str,
    participants: list[dict[str, str]],
    control_group: str,
    receptors: dict[str, dict[str, str]],
    background: Background,
    scheme: Scheme,
    permutations: int,
    surrogates: int,
    leave_one_out_permutations: int,
    fdr_family: Family,
    seed: int,
) -> None:
    tables = read_tsv(participant_regions), read_tsv(map_regions)
    cohort, other_background = (
        read_cohort_regions(*tables, participants, control_group, column)
        for column in ("mean", "mean_other_background")
    )
    measure = RegionMeasure(atlas, labels)
    other_covariate = None
    if gm_covariate:
        measured = measure.rows("covariate", "GM", str(gm_covariate), "include")
        other_covariate = np.array([row["mean"] for row in measured])
    settings = Settings(
        background,
        scheme,
        permutations,
        surrogates,
        leave_one_out_permutations,
        seed,
    )
    rows = list(
        sensitivity_rows(
            cohort,
            other_background,
            other_covariate,
            measure.centroids_mm(),
            {name: receptors[name]["receptor"] for name in cohort.names},
            settings,
        )
    )
    variants = list(dict.fromkeys(row["variant"] for row in rows))
    for variant in variants:
        add_adjusted_p([row for row in rows if row["variant"] == variant], fdr_family)
    write_tsv(rows, SENSITIVITY, sensitivity)
    log.info("%d maps, variants: %s", len(cohort.names), ", ".join(variants))


if __name__ == "__main__":
    run(main, snakemake)
