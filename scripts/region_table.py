import logging

from rt1t2.ratio.region_values import COLUMNS, about_columns
from rt1t2.records import save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(tables: list[str], native: str, about: str, code: str) -> None:
    rows = [row for path in tables for row in read_tsv(path)]
    write_tsv(rows, COLUMNS, native)
    save_json(about_columns() | generated_by(code), about)
    log.info("%d rows of %d participants", len(rows), len(tables))


if __name__ == "__main__":
    run(main, snakemake)
