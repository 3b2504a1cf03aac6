import logging
from pathlib import Path
from typing import Any

from rt1t2.paper.methods_text import facts, written
from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    correlations: str,
    sensitivity: str,
    tests: str,
    exclusions: str,
    metrics: str,
    records: list[str],
    text: str,
    bibliography: str,
    code: str,
    config: dict[str, Any],
    people: dict[str, Any],
) -> None:
    calibration, *harmonisation = (read_json(path) for path in records)
    stated = facts(
        config,
        [read_json(path) for path in summaries],
        read_tsv(correlations),
        read_tsv(sensitivity),
        read_tsv(tests),
        read_tsv(exclusions),
        read_tsv(metrics),
        calibration,
        people,
        harmonisation,
    )
    methods, bibtex = written(stated)
    Path(text).write_text(methods)
    Path(bibliography).write_text(bibtex)
    log.info("%d words", len(methods.split()))


if __name__ == "__main__":
    run(main, snakemake)
