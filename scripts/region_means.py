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
    regions: str,
    code: str,
    participant_ids: list[str],
    background: Background,
) -> None:
    if not atlas:
        log.warning("no region means: the receptor table has no map that is used")
        write_tsv([], COLUMNS, regions)
        return
    measure = RegionMeasure(str(atlas), str(labels))
    rows = []
    for participant, path in zip(participant_ids, maps, strict=True):
        measured = measure.rows("participant", participant, path, background)
        rows += measured
        if missing := labels_without_data(measured):
            log.warning("%s: no data in %s", participant, ", ".join(missing))
    write_tsv(rows, COLUMNS, regions)
    log.info("%d maps in %d regions", len(participant_ids), len(measure.regions))


if __name__ == "__main__":
    run(main, snakemake)
