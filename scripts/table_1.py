from rt1t2.paper import tables
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run


def main(
    descriptives: str, tests: str, table: str, code: str, groups: dict[str, str]
) -> None:
    rows = tables.table_1(read_tsv(descriptives), read_tsv(tests), groups)
    write_tsv(rows, tables.TABLE_1, table)


if __name__ == "__main__":
    run(main, snakemake)
