"""Charts of the calibration page: reference tissues, other scales and curves by group."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.qc.calibration_check import TISSUES, percent_from
from rt1t2.qc.calibration_panels import CLASS_NAMES, calibrated
from rt1t2.qc.charts import Series, xy_chart
from rt1t2.qc.group_tests import GroupTest, compare
from rt1t2.qc.metric_definitions import BY_NAME
from rt1t2.qc.metrics import number
from rt1t2.qc.participant_summary import ParticipantSummary

LANDMARKS = ("csf", "fat", "muscle", "bone", "eye", "temporalis")
TISSUE_NAMES = {"wm": "white matter", "gm": "grey matter", "deep": "deep grey matter"}
SCALES = {
    "csf_percent": "CSF alone",
    "fat_percent": "fat alone",
    "csf+fat+muscle_percent": "CSF, fat and muscle",
}
TRANSMIT = ("b1_gauge", "intracranial_volume_ml", "transmit_voltage")

Rows = Sequence[Mapping[str, str]]
Summaries = Sequence[ParticipantSummary]


def landmark_tests(
    participants: Rows,
    summaries: Summaries,
    colours: Mapping[str, str],
    scale_set_by: Mapping[str, Sequence[str]],
) -> list[GroupTest]:
    """Compare every tissue outside the brain, after calibration, with the controls' median.

    What the calibration matches exactly is near 0 by construction; the others show what it
    costs.

    Parameters
    ----------
    participants, summaries
        ``participant_id`` and ``group``, and the summary of each.
    colours
        CSS colour of each group that is drawn.
    scale_set_by
        Participant -> the controls whose median is 0 % for that participant.
    """
    ids = [row["participant_id"] for row in participants]
    titles, values = [], []
    for image in ("T1w", "T2w"):
        middles: dict[str, list[float]] = {}
        levels: dict[str, dict[str, float]] = {}
        for tissue in LANDMARKS:
            levels[tissue] = {
                row["participant_id"]: calibrated(
                    summary.calibration, image, _level(summary, tissue, image)
                )
                for row, summary in zip(participants, summaries, strict=True)
            }
            middles[tissue] = [
                _median_level(levels[tissue], scale_set_by.get(i, ())) for i in ids
            ]
        brightest = np.fmax.reduce(list(middles.values()))
        for tissue in LANDMARKS:
            titles.append(f"{CLASS_NAMES.get(tissue, tissue)}, {image}")
            values.append(
                [
                    percent_from(levels[tissue][i], middle, top)
                    for i, middle, top in zip(
                        ids, middles[tissue], brightest, strict=True
                    )
                ]
            )
    labels = ["% from the controls' median"] * len(titles)
    return compare(titles, labels, values, participants, colours)


def _level(summary: ParticipantSummary, tissue: str, image: str) -> float:
    """Return a participant's level of one tissue before calibration, NaN without it."""
    entry = (summary.landmarks.get("Classes") or {}).get(tissue) or {}
    return number(entry.get(image.lower()))


def _median_level(levels: Mapping[str, float], ids: Sequence[str]) -> float:
    """Return the median of some participants' levels; NaN unless it is positive."""
    known = [levels[i] for i in ids if math.isfinite(levels.get(i, math.nan))]
    middle = float(np.median(known)) if known else math.nan
    return middle if middle > 0 else math.nan


def curve_charts(
    participants: Rows, summaries: Summaries, colours: Mapping[str, str]
) -> list[str]:
    """Draw every participant's calibration curves, one chart for T1w and one for T2w (SVG).

    A scanner's units are arbitrary, so each T1w is divided by its own fat level and each
    T2w by its own CSF level (by the curve's upper end where that class is missing).
    """
    charts = []
    for image, unit in (("T1w", "fat"), ("T2w", "csf")):
        series: list[Series] = []
        in_legend: set[str] = set()
        for row, summary in zip(participants, summaries, strict=True):
            fit = summary.calibration.get(image) or {}
            x, y = fit.get("KnotsIn") or [], fit.get("KnotsOut") or []
            own = _level(summary, unit, image)
            own = own if own > 0 else (x[-1] if x else math.nan)
            group = row["group"]
            series.append(
                Series(
                    [value / own for value in x],
                    y,
                    colours[group],
                    "" if group in in_legend else group,
                    opacity=0.6,
                    hints=[row["participant_id"]] * len(x),
                )
            )
            in_legend.add(group)
        label = f"intensity / own {CLASS_NAMES.get(unit, unit)} level"
        charts.append(
            xy_chart(series, image, label, "calibrated", width=440, legend="left")
        )
    return charts


def change_percent(ratios: Mapping[str, Any], tissue: str) -> float:
    """Return the change of a tissue's median ratio from affine to nonlinear curves, in percent.

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
    participants: Rows, summaries: Summaries, colours: Mapping[str, str]
) -> list[GroupTest]:
    """Compare by group how much the ratio would change if it were scaled on other tissue."""
    values = [
        [number((s.calibration.get("Alternatives") or {}).get(key)) for s in summaries]
        for key in SCALES
    ]
    label = "change of the ratio (%)"
    return compare(
        list(SCALES.values()), [label] * len(SCALES), values, participants, colours
    )


def transmit_tests(
    participants: Rows, summaries: Summaries, colours: Mapping[str, str]
) -> list[GroupTest]:
    """Compare by group the gauge of the transmit field, head size and transmit voltage."""
    values = [[number(s.metrics.get(name)) for s in summaries] for name in TRANSMIT]
    titles = [BY_NAME[name].label for name in TRANSMIT]
    return compare(titles, [""] * len(titles), values, participants, colours)


def agreement_tests(
    participants: Rows, summaries: Summaries, colours: Mapping[str, str]
) -> list[GroupTest]:
    """Compare by group how far affine and nonlinear calibration disagree in each tissue."""
    values = [
        [change_percent(summary.median_ratios, tissue) for summary in summaries]
        for tissue in TISSUES
    ]
    titles = [TISSUE_NAMES[tissue] for tissue in TISSUES]
    label = "nonlinear from affine (%)"
    return compare(titles, [label] * len(titles), values, participants, colours)
