import logging

from rt1t2.receptors.region_table import COLUMNS, RegionMeasure, labels_without_data
from rt1t2.regions import Background
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    atlas: str | list[str],
    labels: str | list[str],
    gm_covariate: str | list[str],
    regions: str,
    code: str,
    names: list[str],
    background: Background,
) -> None:
    if not atlas:
        log.warning("no region means: the receptor table has no map that is used")
        write_tsv([], COLUMNS, regions)
        return
    measure = RegionMeasure(str(atlas), str(labels))
    rows = []
    for name, path in zip(names, maps, strict=True):
        measured = measure.rows("map", name, path, background)
        rows += measured
        sparse = sum(row["coverage"] < 0.5 for row in measured)
        if sparse:
            log.warning("%s: background in most of %d regions", name, sparse)
        if missing := labels_without_data(measured):
            log.warning("%s: no data in %s", name, ", ".join(missing))
    if gm_covariate:
        # A grey-matter probability of 0 is a value, not background
        rows += measure.rows("covariate", "GM", str(gm_covariate), "include")
    write_tsv(rows, COLUMNS, regions)
    log.info("%d maps in %d regions", len(names), len(measure.regions))


if __name__ == "__main__":
    run(main, snakemake)
