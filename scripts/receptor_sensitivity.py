import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from rt1t2.group.contrast_design import with_columns
from rt1t2.receptors.cohort import read_cohort_regions, reason_against
from rt1t2.receptors.region_table import RegionMeasure
from rt1t2.receptors.sensitivity import Atlas, Settings, sensitivity_rows
from rt1t2.receptors.sensitivity_table import SENSITIVITY, about_sensitivity
from rt1t2.records import save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    participant_regions: str,
    map_regions: str,
    atlas: list[str],
    gm_covariate: str | list[str],
    sensitivity: str,
    about: str,
    code: str,
    participants: list[dict[str, str]],
    control_group: str,
    receptors: dict[str, dict[str, str]],
    settings: dict[str, Any],
    more_columns: Sequence[str] = (),
) -> None:
    covariates, parts = settings.pop("covariates", []), settings.pop("parts")
    chosen = Settings(**settings)
    save_json(about_sensitivity() | generated_by(code, "numpy", "scipy"), about)
    tables = read_tsv(participant_regions), read_tsv(map_regions)
    sizes = Counter(row["group"] for row in participants)
    if reason := reason_against(sizes, control_group, len(receptors)):
        log.warning("no receptor correlations: %s", reason)
        write_tsv([], SENSITIVITY, sensitivity)
        return
    people = with_columns(participants, more_columns)
    cohort, other_background = (
        read_cohort_regions(*tables, people, control_group, column, covariates)
        for column in ("mean", "mean_other_background")
    )
    measure = RegionMeasure(*atlas)
    other_covariate = None
    if gm_covariate:
        measured = measure.rows("covariate", "GM", str(gm_covariate), "include")
        other_covariate = np.array([row["mean"] for row in measured])
    rows = sensitivity_rows(
        cohort,
        other_background,
        other_covariate,
        Atlas(measure.labels, measure.centroids_mm(), parts),
        {name: receptors[name]["receptor"] for name in cohort.names},
        chosen,
    )
    write_tsv(map(vars, rows), SENSITIVITY, sensitivity)
    variants = dict.fromkeys(row.variant for row in rows)
    log.info("%d maps, variants: %s", len(cohort.names), ", ".join(variants))


if __name__ == "__main__":
    run(main, snakemake)
