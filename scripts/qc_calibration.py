import logging

from rt1t2.qc.calibration_page import make_page
from rt1t2.qc.pages import save_page
from rt1t2.qc.participant_summary import read_summary
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    reference: str,
    protocols: str,
    protocol_facts: str,
    page: str,
    facts: str,
    code: str,
    participants: list[dict[str, str]],
    groups: dict[str, str],
    calibration: str,
    covariates: list[str],
    simulated: bool,
) -> None:
    content, stated = make_page(
        participants,
        [read_summary(path) for path in summaries],
        groups,
        calibration,
        read_json(reference),
        read_tsv(protocols),
        read_json(protocol_facts),
        covariates,
    )
    save_json(stated | generated_by(code, "numpy", "scipy"), facts)
    save_page("calibration.html.j2", page, simulated=simulated, **vars(content))
    log.info("%d warnings", len(content.warnings))


if __name__ == "__main__":
    run(main, snakemake)
