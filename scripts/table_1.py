from rt1t2 import paper_tables
from rt1t2.script import run
from rt1t2.tables import read_tsv, write_tsv


def main(
    descriptives: str, tests: str, table: str, code: str, groups: dict[str, str]
) -> None:
    rows = paper_tables.table_1(read_tsv(descriptives), read_tsv(tests), groups)
    write_tsv(rows, paper_tables.TABLE_1, table)


if __name__ == "__main__":
    run(main, snakemake)
