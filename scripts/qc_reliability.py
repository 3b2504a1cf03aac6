import logging

from rt1t2.qc.pages import save_page
from rt1t2.qc.participant_summary import read_summary
from rt1t2.qc.reliability import COLUMNS
from rt1t2.qc.reliability_page import columns, make_page
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    page: str,
    table: str,
    code: str,
    participants: list[dict[str, str]],
    control_group: str,
    calibration: str,
    simulated: bool,
) -> None:
    people = [read_summary(path) for path in summaries]
    content, rows = make_page(participants, people, control_group, calibration)
    write_tsv(rows, COLUMNS, table)
    save_page(
        "reliability.html.j2",
        page,
        simulated=simulated,
        columns=columns(),
        **vars(content),
    )
    log.info("%d people were scanned more than once", content.n_repeated)


if __name__ == "__main__":
    run(main, snakemake)
