"""Comparison of the groups in one quantity after another: a chart and a rank test of each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.qc.charts import strip_chart
from rt1t2.qc.metric_definitions import BY_NAME
from rt1t2.qc.metrics import number
from rt1t2.significance import ALPHA

# Metrics in which a difference between the groups would fake or hide a result.
COMPARED = (
    "ratio_wm_median",
    "ratio_gm_median",
    "ratio_wm_gm_contrast",
    "brain_volume_ml",
    "intracranial_volume_ml",
    "b1_gauge",
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
