import logging

from rt1t2.group.contrast_design import with_columns
from rt1t2.group.region_harmonisation import COLUMNS, about_columns, harmonise
from rt1t2.records import save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    native: str,
    more_columns: list[str],
    harmonised: str,
    about: str,
    code: str,
    people: list[dict[str, str]],
    controls: list[str],
    covariates: list[str],
) -> None:
    known = with_columns(people, more_columns)
    made = harmonise(read_tsv(native), known, controls, covariates)
    write_tsv(made.rows, COLUMNS, harmonised)
    save_json(about_columns() | made.facts | generated_by(code, "numpy"), about)
    if made.facts["Refused"]:
        log.warning("%s", made.facts["Refused"])
    else:
        log.info("%d values of %d participants", len(made.rows), len(known))


if __name__ == "__main__":
    run(main, snakemake)
