import logging
from pathlib import Path

from rt1t2.geometry.volume import Volume
from rt1t2.qc.cohort_outliers import cohort_script
from rt1t2.qc.cohort_page import CohortMaps, make_page, metrics_rows
from rt1t2.qc.pages import save_page
from rt1t2.qc.participant_summary import read_summary
from rt1t2.records import read_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    calibration_facts: str,
    exclusions: str,
    n: str,
    lesion_overlap: str,
    template_t1w: str,
    pages: list[str],
    metrics: str,
    series: str,
    code: str,
    participants: list[dict[str, str]],
    groups: dict[str, str],
    simulated: bool,
) -> None:
    people = [read_summary(path) for path in summaries]
    metrics_of_all = [summary.metrics for summary in people]
    maps = CohortMaps.on_template(*map(Volume.load, (template_t1w, n, lesion_overlap)))
    content = make_page(
        participants,
        people,
        groups,
        read_json(calibration_facts),
        read_tsv(exclusions),
        maps,
    )
    columns, rows = metrics_rows(metrics_of_all)
    write_tsv(rows, columns, metrics)
    write_tsv(content.ledger, content.ledger_columns, series)
    page, script = pages
    Path(script).write_text(cohort_script(metrics_of_all))
    save_page("cohort.html.j2", page, simulated=simulated, **vars(content))
    log.info(
        "%d participants, %d flagged, %d outliers",
        len(people),
        len(content.flagged),
        content.outliers,
    )


if __name__ == "__main__":
    run(main, snakemake)
