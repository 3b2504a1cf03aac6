import logging

from rt1t2.share.copies import copy_files
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(files: list[str], shared: list[str], code: str) -> None:
    copy_files(files, shared)
    log.info("%d files copied", len(files))


if __name__ == "__main__":
    run(main, snakemake)
