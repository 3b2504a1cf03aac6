"""Who lies far from the cohort in which metric: named, and as data for everybody's own page."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.qc.metric_definitions import BY_NAME, Metric
from rt1t2.qc.metrics import formatted, number, robust_z

# Beyond this an outlier is a flag: of 5,000 people with 50 normal metrics each, one in ten
# cohorts has anybody there by chance; 3.5 (an outlier) would flag most of them.
FLAG_Z = 5.0
DIGITS = 6


@dataclass(frozen=True)
class Deviation:
    """A value of one participant, and its robust z in the cohort."""

    metric: Metric
    value: float
    z: float

    @property
    def text(self) -> str:
        """The value and its z, for a list of flags."""
        value = formatted(self.value, self.metric.decimals)
        return f"{self.metric.label}: {value} (robust z {formatted(self.z, 1)} in the cohort)"


def deviations(metrics: Sequence[Mapping[str, Any]]) -> dict[str, list[Deviation]]:
    """Return every metric that anyone has a value of: one deviation per participant."""
    found = {}
    for name, metric in BY_NAME.items():
        values = [number(person.get(name)) for person in metrics]
        if any(map(math.isfinite, values)):
            z = robust_z(values)
            found[name] = [
                Deviation(metric, value, float(of_value))
                for value, of_value in zip(values, z, strict=True)
            ]
    return found


def cohort_flags(metrics: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return for each participant what lies farther than FLAG_Z from the cohort, in words."""
    by_metric = deviations(metrics).values()
    return [
        [column[i].text for column in by_metric if abs(column[i].z) > FLAG_Z]
        for i in range(len(metrics))
    ]


def cohort_script(metrics: Sequence[Mapping[str, Any]]) -> str:
    """Return the script that gives a participant's page the cohort's numbers.

    A page that is opened from a disk may load a script that lies beside it, and no data.
    """
    columns = {}
    for name, column in deviations(metrics).items():
        values = np.array([deviation.value for deviation in column])
        defined = values[np.isfinite(values)]
        columns[name] = {
            "values": [_short(value) for value in values],
            "z": [_short(deviation.z) for deviation in column],
            "median": _short(float(np.median(defined))),
        }
    content = {
        "flag_z": FLAG_Z,
        "people": [person["participant_id"] for person in metrics],
        "metrics": columns,
    }
    return f"window.rt1t2Cohort = {json.dumps(content, separators=(',', ':'))};\n"


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
