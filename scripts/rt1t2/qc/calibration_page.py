"""What the cohort's calibration page shows: protocols, repeated scans, scales, agreement."""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2.qc.calibration_check import TISSUES
from rt1t2.qc.cohort_charts import GroupTest, compare
from rt1t2.qc.metrics import formatted, number
from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.ratio.protocol_references import TEMPLATES

TISSUE_NAMES = {"wm": "white matter", "gm": "grey matter", "deep": "deep grey matter"}
METHOD_NAMES = {
    "none": "not calibrated",
    "affine": "affine",
    "nonlinear": "nonlinear",
}
SCALES = {
    "csf_percent": "CSF alone",
    "fat_percent": "fat alone",
    "csf+fat+muscle_percent": "CSF, fat and muscle",
}

Record = Mapping[str, Any]


def bases(lines: Sequence[Mapping[str, str]], built: Record) -> dict[str, list[str]]:
    """Return for everybody who sets the scale: the controls of the own protocol, or all.

    Parameters
    ----------
    lines
        ``participant_id`` and ``reference`` (of ``protocols.tsv``).
    built
        :func:`rt1t2.ratio.protocol_references.build_references`.
    """
    own = {
        one["Label"]: one["Reference"]["Controls"]
        for one in built["Protocols"]
        if one["Reference"]
    }
    everybody = built["AllControls"]["Controls"]
    if built["Source"] == TEMPLATES:  # nobody of the cohort: compare with its median
        everybody = [line["participant_id"] for line in lines]
    return {
        line["participant_id"]: own.get(line["reference"], everybody) for line in lines
    }


def calibration_words(method: str, built: Record) -> str:
    """Name the calibration, and say where fat has no part in it.

    Parameters
    ----------
    method
        Of the calibration.
    built
        :func:`rt1t2.ratio.protocol_references.build_references`.
    """
    if method in ON_REFERENCE and built["AllControls"]["Anchors"] == ["csf"]:
        return f"{method} (on CSF alone: the T2w of most controls are fat-suppressed)"
    return method


def change_percent(ratios: Record, tissue: str) -> float:
    """Return by how many percent the nonlinear curves change a tissue's ratio, from affine.

    Parameters
    ----------
    ratios
        :func:`rt1t2.qc.calibration_check.median_ratios`.
    tissue
        One of TISSUES.
    """
    affine = number((ratios.get("affine") or {}).get(tissue))
    nonlinear = number((ratios.get("nonlinear") or {}).get(tissue))
    return 100 * (nonlinear / affine - 1) if affine > 0 else float("nan")


def scale_tests(
    participants: Sequence[Mapping[str, str]],
    curves: Sequence[Record],
    colours: Mapping[str, str],
) -> list[GroupTest]:
    """Compare by group how far the ratio would move if it were scaled on other tissue."""
    values = [
        [number((curve.get("Alternatives") or {}).get(key)) for curve in curves]
        for key in SCALES
    ]
    label = "change of the ratio (%)"
    return compare(
        list(SCALES.values()), [label] * len(SCALES), values, participants, colours
    )


def agreement_tests(
    participants: Sequence[Mapping[str, str]],
    ratios: Sequence[Record],
    colours: Mapping[str, str],
) -> list[GroupTest]:
    """Compare by group how far affine and nonlinear calibration disagree in each tissue."""
    values = [[change_percent(one, tissue) for one in ratios] for tissue in TISSUES]
    titles = [TISSUE_NAMES[tissue] for tissue in TISSUES]
    label = "nonlinear from affine (%)"
    return compare(titles, [label] * len(titles), values, participants, colours)


def participant_table(
    lines: Sequence[Mapping[str, str]], summaries: Mapping[str, Record]
) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows: everybody's protocol, reference, and how the scales differ.

    Parameters
    ----------
    lines
        Of ``protocols.tsv``.
    summaries
        Participant -> summary of the quality page.
    """
    columns = ["participant", "group", "protocol", "told from", "scale of"]
    columns += [f"{name} (%)" for name in SCALES.values()]
    columns += [f"nonlinear, {TISSUE_NAMES[tissue]} (%)" for tissue in TISSUES]
    columns += ["T1w beyond landmarks (%)", "T2w beyond landmarks (%)"]
    rows = []
    for line in lines:
        if line["participant_id"] not in summaries:
            continue
        found = summaries[line["participant_id"]]
        others = found["calibration"].get("Alternatives") or {}
        values = [number(others.get(key)) for key in SCALES]
        values += [change_percent(found["median_ratios"], name) for name in TISSUES]
        values += [
            number(found["metrics"].get(f"{image}_beyond_landmarks_percent"))
            for image in ("t1w", "t2w")
        ]
        rows.append([*line.values(), *(formatted(value, 1) for value in values)])
    return columns, rows


def retest_rows(
    rows: Sequence[Record], typical: Mapping[str, Mapping[str, float]]
) -> list[list[str]]:
    """Return the printed table of repeated scans, one row a person and calibration.

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
    for one in facts["Protocols"]:
        n = one["ControlsInReference"]
        source = f"{n} controls" if n else facts["ScaleOfOthers"]
        counts = [str(one["Participants"][group]) for group in groups]
        rows.append([one["Label"], one["T1w"], one["T2w"], source, *counts])
    return rows


def warnings(landmarks: Sequence[GroupTest], scales: Sequence[GroupTest]) -> list[str]:
    """Say which landmarks differ between the groups, so that they could fake a result."""
    titles = [test.title for test in landmarks if test.differs]
    titles += [f"the scale by {test.title}" for test in scales if test.differs]
    if not titles:
        return []
    return [
        f"The groups differ in tissue outside the brain: {'; '.join(titles)} (q < 0.05). The "
        "calibration takes this tissue to be the same in all groups: a difference of the "
        "ratio may come from there."
    ]
