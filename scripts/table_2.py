import json
from pathlib import Path

from rt1t2.paper import tables
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run


def main(
    clusters: list[str],
    summaries: list[str],
    table: str,
    code: str,
    contrasts: list[str],
) -> None:
    rows = tables.table_2(
        contrasts,
        [read_tsv(path) for path in clusters],
        [json.loads(Path(path).read_text()) for path in summaries],
    )
    write_tsv(rows, tables.TABLE_2 + tables.CERTAINTY, table)


if __name__ == "__main__":
    run(main, snakemake)
