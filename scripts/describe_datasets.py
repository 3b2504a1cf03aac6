import logging
from pathlib import Path

from rt1t2.records import save_json
from rt1t2.scans import bids as bids_dataset
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    bids: str,
    bidsignore: str,
    readmes: list[str],
    participants: str,
    columns_description: str,
    derivatives: str,
    derivatives_bidsignore: str,
    code: str,
    rows: list[dict[str, str]],
    groups: dict[str, str],
    covariates: list[str],
    simulated: bool,
) -> None:
    save_json(bids_dataset.raw_description(simulated), bids)
    save_json(bids_dataset.derivative_description(simulated), derivatives)
    Path(bidsignore).write_text(bids_dataset.bidsignore())
    Path(derivatives_bidsignore).write_text(
        bids_dataset.bidsignore(bids_dataset.UNSTANDARDISED)
    )
    of_raw, of_derivatives = readmes
    Path(of_raw).write_text(bids_dataset.readme(simulated, len(rows), groups))
    Path(of_derivatives).write_text(bids_dataset.derivatives_readme(simulated))
    table, descriptions = bids_dataset.participants_table(rows, groups, covariates)
    Path(participants).write_text(table)
    save_json(descriptions, columns_description)
    log.info("%d participants described", len(rows))


if __name__ == "__main__":
    run(main, snakemake)
