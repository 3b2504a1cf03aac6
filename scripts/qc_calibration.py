import logging

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.palette import group_colours
from rt1t2.qc import calibration_page, cohort_charts, retest
from rt1t2.qc.pages import save_page
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    reference: str,
    protocols: str,
    protocol_facts: str,
    page: str,
    facts: str,
    code: str,
    participants: list[dict[str, str]],
    groups: dict[str, str],
    calibration: str,
    simulated: bool,
) -> None:
    found = [read_json(path) for path in summaries]
    by_name = {one["metrics"]["participant_id"]: one for one in found}
    lines, built = read_tsv(protocols), read_json(reference)
    cohort, colours = read_json(protocol_facts), group_colours(groups)
    here = {row["group"] for row in participants}
    groups = {code: name for code, name in groups.items() if code in here}
    colours = {code: colours[code] for code in groups}

    # a person who was scanned again counts once in the comparisons of groups
    once = [row for row in participants if row.get(RETEST_OF, MISSING) == MISSING]
    own = [by_name[row["participant_id"]] for row in once]
    marks, curves, ratios = (
        [one[part] for one in own]
        for part in ("landmarks", "calibration", "median_ratios")
    )
    bases = calibration_page.bases(lines, built)
    landmark_tests = cohort_charts.landmark_tests(once, marks, curves, colours, bases)
    scale_tests = calibration_page.scale_tests(once, curves, colours)
    agreement = calibration_page.agreement_tests(once, ratios, colours)
    warnings = cohort["Warnings"] + calibration_page.warnings(
        landmark_tests, scale_tests
    )

    words = calibration_page.calibration_words(calibration, built)
    again = retest.retest_table(
        retest.people(participants),
        {who: one["median_ratios"] for who, one in by_name.items()},
    )
    typical = retest.typical_percent(again)
    save_json(
        {
            "Calibration": words,
            "Warnings": warnings,
            "Protocols": cohort["Protocols"],
            "ScaleOfOthers": cohort["ScaleOfOthers"],
            "Associations": cohort["Associations"],
            "Retest": again,
            "RetestVariationPercent": typical,
            "Tests": [
                {"What": what, "Title": test.title, "P": test.p, "Q": test.q}
                for what, tests in (
                    ("landmark", landmark_tests),
                    ("scale", scale_tests),
                    ("nonlinear from affine", agreement),
                )
                for test in tests
            ],
        }
        | generated_by(code, "numpy", "scipy"),
        facts,
    )
    save_page(
        "calibration.html.j2",
        page,
        simulated=simulated,
        groups=groups,
        calibration=words,
        warnings=warnings,
        cohort=cohort,
        protocols=calibration_page.protocol_rows(cohort, groups),
        retest=calibration_page.retest_rows(again, typical),
        landmark_tests=landmark_tests,
        scale_tests=scale_tests,
        agreement=agreement,
        curves=cohort_charts.curve_charts(once, marks, curves, colours),
        people=calibration_page.participant_table(lines, by_name),
    )
    log.info(
        "%d warnings, %d repeated scans", len(warnings), len(participants) - len(once)
    )


if __name__ == "__main__":
    run(main, snakemake)
