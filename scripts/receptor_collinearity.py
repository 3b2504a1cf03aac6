import logging

from rt1t2.receptors.collinearity import (
    ALIKE,
    about_collinearity,
    collinearity_rows,
    columns_of,
    map_correlations,
)
from rt1t2.receptors.region_table import as_matrix
from rt1t2.records import save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    map_regions: str,
    correlations: str,
    about: str,
    code: str,
    receptors: dict[str, str],
) -> None:
    measured = read_tsv(map_regions)
    names, _, maps = as_matrix(measured, "map")
    gm = as_matrix(measured, "covariate")[2]
    covariate = gm[0] if len(gm) else None
    rows = collinearity_rows(names, receptors, *map_correlations(maps, covariate))
    write_tsv(rows, columns_of(names), correlations)
    told = about_collinearity(names, covariate is not None)
    save_json(told | generated_by(code, "numpy", "scipy"), about)
    for row in rows:
        if abs(row.get("closest_rho", 0)) > ALIKE:
            log.warning("%s and %s are alike", row["map"], row["closest_map"])
    log.info("%d maps", len(names))


if __name__ == "__main__":
    run(main, snakemake)
