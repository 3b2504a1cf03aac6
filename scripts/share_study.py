import logging
from pathlib import Path
from typing import Any

import yaml

from rt1t2.errors import UserError
from rt1t2.records import read_json, save_json
from rt1t2.scans import bids
from rt1t2.share.checklist import COLUMNS, checklist
from rt1t2.share.readme import study_readme
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    records: list[str],
    summaries: list[str],
    raw: list[str],
    derivatives: list[str],
    readme: str,
    checklist_table: str,
    settings: str,
    code: str,
    kinds: list[str],
    rows: list[dict[str, str]],
    config: dict[str, Any],
) -> None:
    if not rows:
        raise UserError(
            "share: nobody of the participants table was scanned, so there are no images "
            "to pass on. Finished maps are yours: share them as they are."
        )
    simulated, groups = bool(config["simulation"]), config["groups"]
    share = config["share"]
    whose = {"License": share["licence"]}
    if share["authors"]:
        whose["Authors"] = share["authors"]
    description, raw_readme, participants, columns = raw
    save_json(bids.raw_description(simulated) | whose, description)
    Path(raw_readme).write_text(bids.readme(simulated, len(rows), groups, defaced=True))
    covariates = config["statistics"]["covariates"]
    table, described = bids.participants_table(rows, groups, covariates)
    Path(participants).write_text(table)
    save_json(described, columns)
    description, of_derivatives, ignored = derivatives
    save_json(bids.derivative_description(simulated) | whose, description)
    Path(of_derivatives).write_text(bids.derivatives_readme(simulated, defaced=True))
    Path(ignored).write_text(bids.bidsignore(bids.PROPOSED))

    written = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    Path(settings).write_text(written)
    told = {
        kind: [read_json(p) for p in records[n :: len(kinds)]]
        for n, kind in enumerate(kinds)
    }
    filled = checklist(rows, told, config, [read_json(path) for path in summaries])
    write_tsv(filled, COLUMNS, checklist_table)
    Path(readme).write_text(study_readme(share, simulated, len(rows)))
    log.info("%d participants, %d rows of the checklist", len(rows), len(filled))


if __name__ == "__main__":
    run(main, snakemake)
