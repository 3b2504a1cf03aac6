import json
from pathlib import Path

from rt1t2 import paper_tables
from rt1t2.script import run
from rt1t2.tables import read_tsv, write_tsv


def main(
    clusters: list[str],
    summaries: list[str],
    table: str,
    code: str,
    contrasts: list[str],
) -> None:
    rows = paper_tables.table_2(
        contrasts,
        [read_tsv(path) for path in clusters],
        [json.loads(Path(path).read_text()) for path in summaries],
    )
    write_tsv(rows, paper_tables.TABLE_2 + paper_tables.CERTAINTY, table)


if __name__ == "__main__":
    run(main, snakemake)
