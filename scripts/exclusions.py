import logging

from rt1t2.workflow.cohort import write_exclusions
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(table: str, code: str, exclusions: list[dict[str, str]]) -> None:
    write_exclusions(exclusions, table)
    for item in exclusions:
        log.info("%s is not analysed: %s", item["participant_id"], item["reason"])


if __name__ == "__main__":
    run(main, snakemake)
