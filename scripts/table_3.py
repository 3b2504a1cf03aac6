import logging

from rt1t2.receptors.correlation_table import Family, printed_table
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    correlations: str, table: str, code: str, groups: dict[str, str], fdr_family: Family
) -> None:
    columns, rows = printed_table(read_tsv(correlations), groups, fdr_family)
    write_tsv(rows, columns, table)
    log.info("%d receptor maps", len(rows))


if __name__ == "__main__":
    run(main, snakemake)
