import logging

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.images import load
from rt1t2.palette import group_colours
from rt1t2.qc import cohort_charts, cohort_page, mosaics
from rt1t2.qc.cohort_page import count_picture
from rt1t2.qc.metric_definitions import BY_NAME
from rt1t2.qc.metrics import OUTLIER_Z, number
from rt1t2.qc.pages import columns_of, save_page
from rt1t2.records import read_json
from rt1t2.significance import ALPHA
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    summaries: list[str],
    calibration_facts: str,
    exclusions: str,
    n: str,
    lesion_overlap: str,
    template_t1w: str,
    page: str,
    metrics: str,
    series: str,
    code: str,
    participants: list[dict[str, str]],
    groups: dict[str, str],
    simulated: bool,
) -> None:
    found = [read_json(path) for path in summaries]
    people, thumbnails = (
        [summary[part] for summary in found] for part in ("metrics", "thumbnail")
    )
    colours = group_colours(groups)
    columns, rows = cohort_page.metrics_rows(people)
    write_tsv(rows, columns, metrics)

    ledger = [
        {"participant_id": summary["metrics"]["participant_id"]} | row
        for summary in found
        for row in summary["series"]
    ]
    write_tsv(ledger, columns_of(ledger), series)

    calibrated = read_json(calibration_facts)
    landmarks = [test for test in calibrated["Tests"] if test["What"] == "landmark"]
    again = {
        row["participant_id"]
        for row in participants
        if row.get(RETEST_OF, MISSING) != MISSING
    }
    once = [person for person in people if person["participant_id"] not in again]
    names, cells = cohort_page.outlier_table(people)
    outliers = sum(cell.outlier for row in cells for cell in row)
    flagged = [person for person in people if person.get("flags")]
    template = load(template_t1w)[0]
    save_page(
        "cohort.html.j2",
        page,
        simulated=simulated,
        groups=groups,
        colours=colours,
        calibration=calibrated["Calibration"],
        people=list(zip(people, thumbnails, cells, strict=True)),
        flagged=flagged,
        columns=[BY_NAME[name] for name in names],
        outlier_z=OUTLIER_Z,
        outliers=outliers,
        metric_tests=cohort_charts.metric_tests(once, colours),
        warnings=calibrated["Warnings"],
        landmarks_compared=any(test["P"] is not None for test in landmarks),
        differing_landmarks=[
            test["Title"] for test in landmarks if number(test["Q"]) < ALPHA
        ],
        exclusions=read_tsv(exclusions),
        n_picture=count_picture(load(n)[0], template, "participants with data"),
        overlap_picture=count_picture(load(lesion_overlap)[0], template, "lesions"),
        ledger=ledger,
        ledger_columns=columns_of(ledger),
        bar=mosaics.colour_bar_css(),
    )
    log.info(
        "%d participants, %d flagged, %d outliers", len(people), len(flagged), outliers
    )


if __name__ == "__main__":
    run(main, snakemake)
