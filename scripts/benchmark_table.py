from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.job_costs import COLUMNS, costs_by_rule


def main(measured: list[str], table: str, code: str) -> None:
    write_tsv(costs_by_rule(measured), COLUMNS, table)


if __name__ == "__main__":
    run(main, snakemake)
