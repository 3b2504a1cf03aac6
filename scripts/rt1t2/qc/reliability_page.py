"""The reliability page: how far each calibration may be trusted, as printed tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rt1t2.qc import retest
from rt1t2.qc.brain_parts import PAIRS, PARTS
from rt1t2.qc.calibration_charts import TISSUE_NAMES
from rt1t2.qc.calibration_check import METHODS, TISSUES
from rt1t2.qc.calibration_page import METHOD_NAMES
from rt1t2.qc.metrics import formatted, number
from rt1t2.qc.participant_summary import ParticipantSummary
from rt1t2.qc.reliability import CRITERIA, WHOLE, Row, lookup, reliability_table

REGION_NAMES = TISSUE_NAMES | {
    part: ", ".join((PAIRS[part.rpartition("_")[0]], part.rpartition("_")[2]))
    for part in PARTS
}
DECIMALS = {"agreement_r": 3, "icc_2_1": 2, "icc_3_1": 2}
OF_RETEST = ("icc_2_1", "icc_3_1", "retest_variation_percent")
Printed = Sequence[Sequence[str]]


@dataclass(frozen=True)
class ReliabilityPage:
    """What ``reliability.html.j2`` shows.

    Attributes
    ----------
    calibration
        The method in use.
    n_controls, n_repeated
        Controls that are compared and give the reference pattern, people scanned more than once.
    agreement, left_right, tissues, parts
        Printed rows, one per calibration, or per calibration and region.
    """

    calibration: str
    n_controls: int
    n_repeated: int
    agreement: Printed
    left_right: Printed
    tissues: Printed
    parts: Printed


def make_page(
    participants: Sequence[Mapping[str, str]],
    summaries: Sequence[ParticipantSummary],
    control_group: str,
    method: str,
) -> tuple[ReliabilityPage, list[Row]]:
    """Judge every calibration on everybody who was scanned.

    Parameters
    ----------
    participants
        Rows of the participants table with ``participant_id``, ``group`` and, for a
        repeated scan, ``retest_of``.
    summaries
        Of the same participants, in any order.
    control_group
        Code of the group whose median is the reference pattern; where it has nobody, that of
        everybody.
    method
        Of the calibration in use.

    Returns
    -------
    tuple
        The page, and the rows of ``reliability.tsv``.
    """
    first = retest.first_scans(participants)
    names = [row["participant_id"] for row in first]
    controls = [r["participant_id"] for r in first if r["group"] == control_group]
    people = retest.people(participants)
    rows = reliability_table(
        {summary.participant_id: summary.median_ratios for summary in summaries},
        names,
        controls or names,
        people,
    )
    found = lookup(rows)
    page = ReliabilityPage(
        calibration=method,
        n_controls=len(controls or names),
        n_repeated=len(people),
        agreement=[
            [
                called(one, method),
                *(
                    printed(found[one, criterion, WHOLE])
                    for criterion in ("agreement_r", "agreement_deviation_percent")
                ),
                str(found[one, "agreement_r", WHOLE]["n"]),
            ]
            for one in METHODS
        ],
        left_right=[
            [
                called(one, method),
                *(printed(found[one, "left_right_percent", pair]) for pair in PAIRS),
            ]
            for one in METHODS
        ],
        tissues=retest_rows(found, TISSUES, method) if people else [],
        parts=retest_rows(found, PARTS, method) if people else [],
    )
    return page, rows


def retest_rows(
    found: Mapping[tuple[str, str, str], Row], regions: Sequence[str], method: str
) -> list[list[str]]:
    """Return the printed rows of repeated scans, the calibrations of a region together."""
    return [
        [
            REGION_NAMES[region],
            called(one, method),
            *(printed(found[one, criterion, region]) for criterion in OF_RETEST),
            str(found[one, OF_RETEST[0], region]["n"]),
        ]
        for region in regions
        for one in METHODS
    ]


def called(one: str, method: str) -> str:
    """Name a calibration, and say whether it is the one in use."""
    return f"{METHOD_NAMES[one]} (in use)" if one == method else METHOD_NAMES[one]


def printed(row: Row) -> str:
    """Write a value with its limits, where it has any."""
    decimals = DECIMALS.get(row["criterion"], 1)
    value, low, high = (
        formatted(number(row[name]), decimals) for name in ("value", "low", "high")
    )
    return value if "n/a" in (low, high) else f"{value} ({low} to {high})"


def columns() -> dict[str, list[str]]:
    """Return the headings of the page's tables."""
    return {
        "agreement": [
            "calibration",
            CRITERIA["agreement_r"],
            CRITERIA["agreement_deviation_percent"],
            "participants",
        ],
        "left_right": ["calibration", *PAIRS.values()],
        "retest": [
            "region",
            "calibration",
            *(CRITERIA[name] for name in OF_RETEST),
            "people",
        ],
    }
