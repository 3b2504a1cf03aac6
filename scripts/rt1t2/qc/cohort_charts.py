"""Charts of the cohort's quality page: metrics, landmarks and calibration curves by group."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.qc.calibration_panels import CLASS_NAMES, calibrated
from rt1t2.qc.charts import Series, strip_chart, xy_chart
from rt1t2.qc.metric_definitions import BY_NAME
from rt1t2.qc.metrics import number
from rt1t2.significance import ALPHA

LANDMARKS = ("csf", "fat", "muscle", "bone", "eye", "temporalis")
# Metrics in which a difference between the groups would fake or hide a result.
COMPARED = (
    "ratio_wm_median",
    "ratio_gm_median",
    "ratio_wm_gm_contrast",
    "brain_volume_ml",
    "excluded_percent",
    "field_sd_ratio",
    "dice_gm",
    "mutual_information",
)


@dataclass(frozen=True)
class GroupTest:
    """A comparison of the groups: chart, Kruskal-Wallis p, and q over its family."""

    title: str
    chart: str
    p: float
    q: float = math.nan

    @property
    def differs(self) -> bool:
        """Whether the groups differ at q < 0.05."""
        return self.q < ALPHA

    @property
    def tested(self) -> bool:
        """Whether there was enough to compare."""
        return math.isfinite(self.p)


def compare(
    titles: Sequence[str],
    y_labels: Sequence[str],
    values: Sequence[Sequence[float]],
    participants: Sequence[Mapping[str, str]],
    colours: Mapping[str, str],
) -> list[GroupTest]:
    """Draw each quantity by group and test it; quantities nobody has are left out.

    Kruskal-Wallis over the groups with at least two values; q by Benjamini and Hochberg over
    the quantities given here.
    """
    kept = [i for i, row in enumerate(values) if np.isfinite(row).sum() >= 2]
    tests = []
    for i in kept:
        columns, hints = [], []
        for group in colours:
            members = [j for j, p in enumerate(participants) if p["group"] == group]
            columns.append([values[i][j] for j in members])
            hints.append([participants[j]["participant_id"] for j in members])
        chart = strip_chart(
            list(colours),
            columns,
            hints,
            list(colours.values()),
            titles[i],
            y_labels[i],
        )
        tests.append(GroupTest(titles[i], chart, kruskal_p(columns)))
    q = benjamini_hochberg([test.p for test in tests]).tolist()
    return [GroupTest(t.title, t.chart, t.p, v) for t, v in zip(tests, q, strict=True)]


def kruskal_p(columns: Sequence[Sequence[float]]) -> float:
    """Return the p value of Kruskal and Wallis's test, NaN if fewer than two groups have data."""
    defined = [[v for v in column if math.isfinite(v)] for column in columns]
    defined = [column for column in defined if len(column) >= 2]
    everything = [v for column in defined for v in column]
    scale = max((abs(v) for v in everything), default=0)
    if len(defined) < 2 or np.ptp(everything) <= 1e-9 * max(scale, 1):
        return math.nan
    return float(stats.kruskal(*defined).pvalue)


def metric_tests(
    metrics: Sequence[Mapping[str, Any]], colours: Mapping[str, str]
) -> list[GroupTest]:
    """Compare the metrics that could fake a group difference."""
    shown = [BY_NAME[name] for name in COMPARED]
    return compare(
        [metric.label for metric in shown],
        [""] * len(shown),
        [[number(m.get(metric.name)) for m in metrics] for metric in shown],
        metrics,
        colours,
    )


def landmark_tests(
    participants: Sequence[Mapping[str, str]],
    landmarks: Sequence[Mapping[str, Any]],
    curves: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
    bases: Mapping[str, Sequence[str]],
) -> list[GroupTest]:
    """Compare every tissue outside the brain, after calibration, with the controls' median.

    Everybody's calibrated level is shown in % from the median of the controls that ``bases``
    names for that participant (of the own protocol). What the calibration matches exactly is
    near 0 by construction; the others show what it costs.
    """
    ids = [person["participant_id"] for person in participants]
    titles, values = [], []
    for image in ("T1w", "T2w"):
        for name in LANDMARKS:
            levels = []
            for found, curve in zip(landmarks, curves, strict=True):
                entry = (found.get("Classes") or {}).get(name) or {}
                level = calibrated(curve, image, number(entry.get(image.lower())))
                levels.append(level)
            by_id = dict(zip(ids, levels, strict=True))
            titles.append(f"{CLASS_NAMES.get(name, name)}, {image}")
            values.append(
                [
                    100 * (by_id[who] / _median_level(by_id, bases.get(who, ())) - 1)
                    for who in ids
                ]
            )
    labels = ["% from the controls' median"] * len(titles)
    return compare(titles, labels, values, participants, colours)


def _median_level(levels: Mapping[str, float], who: Sequence[str]) -> float:
    """Return the median of some participants' levels; NaN unless it is positive."""
    known = [levels[name] for name in who if math.isfinite(levels.get(name, math.nan))]
    middle = float(np.median(known)) if known else math.nan
    return middle if middle > 0 else math.nan


def curve_charts(
    participants: Sequence[Mapping[str, str]],
    landmarks: Sequence[Mapping[str, Any]],
    curves: Sequence[Mapping[str, Any]],
    colours: Mapping[str, str],
) -> list[str]:
    """Draw everybody's calibration curve over intensities in units of an own landmark.

    A scanner's units are arbitrary, so each T1w is divided by its own fat level and each
    T2w by its own CSF level (by the curve's upper end where that class is missing).
    """
    charts = []
    for image, unit in (("T1w", "fat"), ("T2w", "csf")):
        series, named = [], set()
        for person, found, curve in zip(participants, landmarks, curves, strict=True):
            fit = curve.get(image) or {}
            x, y = fit.get("KnotsIn") or [], fit.get("KnotsOut") or []
            entry = (found.get("Classes") or {}).get(unit) or {}
            own = number(entry.get(image.lower()))
            own = own if own > 0 else (x[-1] if x else math.nan)
            group = person["group"]
            series.append(
                Series(
                    [value / own for value in x],
                    y,
                    colours[group],
                    "" if group in named else group,
                    opacity=0.6,
                    hints=[person["participant_id"]] * len(x),
                )
            )
            named.add(group)
        label = f"intensity / own {CLASS_NAMES.get(unit, unit)} level"
        charts.append(
            xy_chart(series, image, label, "calibrated", width=440, legend="left")
        )
    return charts
