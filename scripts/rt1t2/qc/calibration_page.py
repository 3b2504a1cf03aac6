"""The cohort's calibration page: protocols, repeated scans, reference tissues, scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rt1t2.palette import group_colours
from rt1t2.qc import retest
from rt1t2.qc.calibration_charts import (
    SCALES,
    TISSUE_NAMES,
    TRANSMIT,
    agreement_tests,
    change_percent,
    curve_charts,
    landmark_tests,
    scale_tests,
    transmit_tests,
)
from rt1t2.qc.calibration_check import TISSUES
from rt1t2.qc.group_tests import GroupTest
from rt1t2.qc.metrics import formatted, number
from rt1t2.qc.participant_summary import ParticipantSummary
from rt1t2.qc.software import cohort_software
from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.ratio.protocol_references import TEMPLATES
from rt1t2.significance import ALPHA

METHOD_NAMES = {
    "none": "not calibrated",
    "weighted": "weighted",
    "affine": "affine",
    "nonlinear": "nonlinear",
}

Record = Mapping[str, Any]
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class CalibrationPage:
    """What ``calibration.html.j2`` shows; ``people`` are the columns and rows of a table."""

    groups: Mapping[str, str]
    calibration: str
    warnings: Sequence[str]
    cohort: Record
    protocols: Sequence[Sequence[str]]
    retest: Sequence[Sequence[str]]
    landmark_tests: Sequence[GroupTest]
    scale_tests: Sequence[GroupTest]
    transmit_tests: Sequence[GroupTest]
    agreement: Sequence[GroupTest]
    curves: Sequence[str]
    people: tuple[Sequence[str], Sequence[Sequence[str]]]


def make_page(
    participants: Rows,
    summaries: Sequence[ParticipantSummary],
    groups: Mapping[str, str],
    method: str,
    references: Record,
    protocols: Rows,
    protocol_facts: Record,
    covariates: Sequence[str] = (),
) -> tuple[CalibrationPage, dict[str, Any]]:
    """Compare the calibration of everybody who was scanned.

    Parameters
    ----------
    participants
        Rows of the participants table with ``participant_id``, ``group`` and, for a
        repeated scan, ``retest_of``.
    summaries
        Of the same participants, in any order.
    groups
        Codes and labels of all groups, in the order of the config.
    method
        Of the calibration.
    references
        :func:`rt1t2.ratio.protocol_references.build_references`.
    protocols
        Rows of ``protocols.tsv``.
    protocol_facts
        :func:`rt1t2.group.protocols.cohort_facts`.
    covariates
        Names of all covariates of the group statistics.

    Returns
    -------
    tuple
        The page, and what the other pages and the methods text need of it (the content of
        ``calibration.json``).
    """
    by_id = {summary.participant_id: summary for summary in summaries}
    present = {row["group"] for row in participants}
    shown = {code: name for code, name in groups.items() if code in present}
    colours = {code: group_colours(groups)[code] for code in shown}

    # a person who was scanned again counts once in the comparisons of groups
    first_scans = retest.first_scans(participants)
    of_first = [by_id[row["participant_id"]] for row in first_scans]
    tests = {
        "landmark": landmark_tests(
            first_scans, of_first, colours, scale_set_by(protocols, references)
        ),
        "scale": scale_tests(first_scans, of_first, colours),
        "transmit field": transmit_tests(first_scans, of_first, colours),
        "nonlinear from affine": agreement_tests(first_scans, of_first, colours),
    }
    repeated = retest.retest_table(
        retest.people(participants),
        {name: summary.median_ratios for name, summary in by_id.items()},
    )
    typical = retest.typical_percent(repeated)
    page = CalibrationPage(
        groups=shown,
        calibration=calibration_words(method, references),
        warnings=[
            *protocol_facts["Warnings"],
            *warnings(tests["landmark"], tests["scale"]),
            *transmit_warnings(tests["transmit field"], covariates),
        ],
        cohort=protocol_facts,
        protocols=protocol_rows(protocol_facts, shown),
        retest=retest_rows(repeated, typical),
        landmark_tests=tests["landmark"],
        scale_tests=tests["scale"],
        transmit_tests=tests["transmit field"],
        agreement=tests["nonlinear from affine"],
        curves=curve_charts(first_scans, of_first, colours),
        people=participant_table(protocols, by_id),
    )
    facts = {
        "Calibration": page.calibration,
        "Warnings": page.warnings,
        "Protocols": protocol_facts["Protocols"],
        "ScaleOfOthers": protocol_facts["ScaleOfOthers"],
        "Associations": protocol_facts["Associations"],
        "Software": cohort_software(summary.software for summary in summaries),
        "Retest": repeated,
        "RetestVariationPercent": typical,
        "Tests": [
            {"What": what, "Title": test.title, "P": test.p, "Q": test.q}
            for what, compared in tests.items()
            for test in compared
        ],
    }
    return page, facts


def scale_set_by(protocols: Rows, references: Record) -> dict[str, list[str]]:
    """Return the controls that set each participant's scale: of the same protocol, or all.

    Parameters
    ----------
    protocols
        ``participant_id`` and ``reference`` (of ``protocols.tsv``).
    references
        :func:`rt1t2.ratio.protocol_references.build_references`.
    """
    own = {
        protocol["Label"]: protocol["Reference"]["Controls"]
        for protocol in references["Protocols"]
        if protocol["Reference"]
    }
    everybody = references["AllControls"]["Controls"]
    if references["Source"] == TEMPLATES:  # nobody of the cohort: its median is 0 %
        everybody = [row["participant_id"] for row in protocols]
    return {
        row["participant_id"]: own.get(row["reference"], everybody) for row in protocols
    }


def calibration_words(method: str, references: Record) -> str:
    """Name the calibration, and say where fat has no part in it.

    Parameters
    ----------
    method
        Of the calibration.
    references
        :func:`rt1t2.ratio.protocol_references.build_references`.
    """
    if method in ON_REFERENCE and references["AllControls"]["Anchors"] == ["csf"]:
        return f"{method} (on CSF alone: fat is dark in the images of most controls)"
    return method


def participant_table(
    protocols: Rows, summaries: Mapping[str, ParticipantSummary]
) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows: each participant's protocol, reference, and other scales.

    Parameters
    ----------
    protocols
        Rows of ``protocols.tsv``.
    summaries
        Participant -> summary; participants without one are left out.
    """
    columns = ["participant", "group", "protocol", "detected from", "on the scale of"]
    columns += [f"{name} (%)" for name in SCALES.values()]
    columns += [f"nonlinear, {TISSUE_NAMES[tissue]} (%)" for tissue in TISSUES]
    columns += [f"{image} beyond reference tissues (%)" for image in ("T1w", "T2w")]
    rows = []
    for row in protocols:
        if row["participant_id"] not in summaries:
            continue
        summary = summaries[row["participant_id"]]
        others = summary.calibration.get("Alternatives") or {}
        values = [number(others.get(key)) for key in SCALES]
        values += [change_percent(summary.median_ratios, name) for name in TISSUES]
        values += [
            number(summary.metrics.get(f"{image}_beyond_landmarks_percent"))
            for image in ("t1w", "t2w")
        ]
        rows.append([*row.values(), *(formatted(value, 1) for value in values)])
    return columns, rows


def retest_rows(
    rows: Sequence[Record], typical: Mapping[str, Mapping[str, float]]
) -> list[list[str]]:
    """Return the printed table of repeated scans, one row per person and calibration.

    Parameters
    ----------
    rows, typical
        :func:`rt1t2.qc.retest.retest_table` and :func:`rt1t2.qc.retest.typical_percent`.
    """
    variation = {
        (tuple(row["Scans"]), row["Method"], row["Tissue"]): row["VariationPercent"]
        for row in rows
    }
    printed = [
        [
            ", ".join(scans),
            METHOD_NAMES[method],
            *(formatted(variation[scans, method, name]) for name in TISSUES),
        ]
        for scans, method in dict.fromkeys((key[0], key[1]) for key in variation)
    ]
    if len({tuple(row["Scans"]) for row in rows}) > 1:
        printed += [
            [
                "root mean square",
                METHOD_NAMES[method],
                *(formatted(tissues[name]) for name in TISSUES),
            ]
            for method, tissues in typical.items()
        ]
    return printed


def protocol_rows(facts: Record, groups: Mapping[str, str]) -> list[list[str]]:
    """Return the printed table of protocols.

    Parameters
    ----------
    facts
        :func:`rt1t2.group.protocols.cohort_facts`.
    groups
        Codes of the groups, in the order of the columns.
    """
    rows = []
    for protocol in facts["Protocols"]:
        n = protocol["ControlsInReference"]
        source = f"{n} controls" if n else facts["ScaleOfOthers"]
        names = [protocol[key] for key in ("Label", "T1w", "T2w")]
        counts = [str(protocol["Participants"][group]) for group in groups]
        rows.append([*names, source, *counts])
    return rows


def warnings(landmarks: Sequence[GroupTest], scales: Sequence[GroupTest]) -> list[str]:
    """Say which reference tissues differ between the groups, which could fake a result."""
    titles = [test.title for test in landmarks if test.differs]
    titles += [f"the scale by {test.title}" for test in scales if test.differs]
    if not titles:
        return []
    return [
        f"The groups differ in tissue outside the brain: {'; '.join(titles)} (q < {ALPHA:g}). The "
        "calibration assumes that this tissue is the same in all groups: a difference in the "
        "ratio may come from there."
    ]


def transmit_warnings(
    tests: Sequence[GroupTest], covariates: Sequence[str]
) -> list[str]:
    """Say where the groups differ in what moves the flip angles and nothing accounts for it.

    Parameters
    ----------
    tests
        :func:`rt1t2.qc.calibration_charts.transmit_tests`.
    covariates
        Names of all covariates of the group statistics; ``qc:`` and a metric's name.
    """
    accounted = [f"qc:{name}" for name in TRANSMIT if f"qc:{name}" in covariates]
    titles = [test.title for test in tests if test.differs]
    if not titles or accounted:
        return []
    return [
        f"The groups differ in {' and '.join(titles)} (q < {ALPHA:g}). Flip angles that differ "
        "change the ratio; the calibration takes out part of that. Compare with "
        "qc:b1_gauge or qc:intracranial_volume_ml among statistics.covariates."
    ]
