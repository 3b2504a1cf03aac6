import logging

from rt1t2.group.protocols import COLUMNS, cohort_facts, list_protocols
from rt1t2.records import read_json, save_json
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    landmarks: list[str],
    reference: str,
    table: str,
    facts: str,
    code: str,
    rows: list[dict[str, str]],
    named_protocols: dict[str, str],
    groups: dict[str, str],
    method: str,
    covariates: list[str],
) -> None:
    built = read_json(reference)
    records = [read_json(path) for path in landmarks]
    protocols, lines = list_protocols(rows, records, built, named_protocols, method)
    write_tsv(lines, COLUMNS, table)
    cohort = cohort_facts(
        protocols, lines, rows, built, groups, "protocol" in covariates
    )
    save_json(cohort | generated_by(code, "numpy", "scipy"), facts)
    log.info("%d protocols of %d participants", len(protocols), len(lines))
    for text in cohort["Warnings"]:
        log.warning("%s", text)


if __name__ == "__main__":
    run(main, snakemake)
