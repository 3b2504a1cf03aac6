import logging

from rt1t2.group.demographics import DESCRIPTIVES, TESTS, compare_groups
from rt1t2.group.demographics import descriptives as describe
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    descriptives: str,
    tests: str,
    code: str,
    rows: list[dict[str, str]],
    groups: dict[str, str],
    control_group: str,
) -> None:
    described = describe(rows, groups)
    compared = compare_groups(rows, groups, control_group)
    for row in compared:
        log.info("%(variable)s, %(comparison)s: %(test)s p = %(p).3f", row)
    write_tsv(described, DESCRIPTIVES, descriptives)
    write_tsv(compared, TESTS, tests)


if __name__ == "__main__":
    run(main, snakemake)
