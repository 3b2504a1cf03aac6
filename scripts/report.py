import logging
from pathlib import Path
from typing import Any

from rt1t2.paper.report_page import Results, make_page
from rt1t2.qc.pages import picture_uri, save_page
from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    tables: list[str],
    figures: list[str],
    methods: str,
    summaries: list[str],
    records: list[str],
    linked: list[str],  # files that the page has links to
    page: str,
    code: str,
    config: dict[str, Any],
    people: dict[str, Any],
) -> None:
    calibration, *harmonisation = (read_json(path) for path in records)
    results = Results(
        **{Path(path).stem: read_tsv(path) for path in tables},
        figures={Path(path).stem: picture_uri(path) for path in figures},
        methods=Path(methods).read_text(),
        summaries=[read_json(path) for path in summaries],
        calibration=calibration,
        people=people,
        harmonisation=harmonisation,
    )
    save_page("report.html.j2", page, **vars(make_page(config, results)))
    log.info("report of %.1f MB", Path(page).stat().st_size / 1e6)


if __name__ == "__main__":
    run(main, snakemake)
