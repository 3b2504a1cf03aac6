from rt1t2.paper import tables
from rt1t2.records import read_json
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
        [read_json(path) for path in summaries],
    )
    write_tsv(rows, tables.TABLE_2 + tables.CERTAINTY, table)


if __name__ == "__main__":
    run(main, snakemake)
