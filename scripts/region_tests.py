import logging
from typing import Any

from rt1t2.errors import UserError
from rt1t2.group.contrast_design import with_columns
from rt1t2.group.region_harmonisation import values_to_test
from rt1t2.group.region_tests import COLUMNS, about_columns, region_tests
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    values: list[str],
    more_columns: list[str],
    tests: str,
    about: str,
    code: str,
    contrasts: list[dict[str, Any]],
    rows: list[list[dict[str, str]]],
    covariates: list[list[str]],
    variance: str,
) -> None:
    table, *facts = values  # facts only of harmonised values
    measured, refused = read_tsv(table), None
    if facts:
        measured, refused = values_to_test(measured), read_json(facts[0])["Refused"]
    found, reasons = [], {}
    for contrast, people, names in zip(contrasts, rows, covariates, strict=True):
        if refused:
            reasons[contrast["name"]] = refused
            continue
        try:
            known = with_columns(people, more_columns)
            found += region_tests(measured, contrast, known, names, variance)
        except UserError as error:
            reasons[contrast["name"]] = str(error)
            log.warning("not tested: %s", error)
    write_tsv(map(vars, found), COLUMNS, tests)
    told = about_columns() | {"Harmonised": bool(facts), "NotTested": reasons}
    save_json(told | generated_by(code, "numpy", "scipy"), about)
    log.info("%d tests of %d contrasts", len(found), len(contrasts))


if __name__ == "__main__":
    run(main, snakemake)
