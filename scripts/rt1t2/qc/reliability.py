"""How far each calibration may be trusted: agreement, left-right bias and repeated scans.

The criteria by which Nerland et al. 2021 (10.1016/j.neuroimage.2021.118709) compared ways of
making the ratio, on the median ratios of parts of the brain.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from scipy import stats

from rt1t2.qc.brain_parts import PAIRS, PARTS
from rt1t2.qc.calibration_check import METHODS, TISSUES
from rt1t2.qc.intraclass import UNDEFINED, Estimate, intraclass
from rt1t2.qc.metrics import number
from rt1t2.qc.retest import variation_percent

COLUMNS = ("calibration", "criterion", "region", "value", "low", "high", "n")
WHOLE = "pattern"
CRITERIA = {
    "agreement_r": "correlation with the reference pattern",
    "agreement_deviation_percent": "deviation from the reference pattern (%)",
    "left_right_percent": "left minus right (%)",
    "icc_2_1": "ICC(2,1)",
    "icc_3_1": "ICC(3,1)",
    "retest_variation_percent": "variation within a person (%)",
}

# participant -> method -> region -> median ratio
Ratios = Mapping[str, Mapping[str, Mapping[str, Any]]]
Row = dict[str, Any]


def reliability_table(
    ratios: Ratios,
    first_scans: Sequence[str],
    controls: Sequence[str],
    people: Sequence[Sequence[str]],
    methods: Sequence[str] = METHODS,
) -> list[Row]:
    """Judge every calibration.

    Parameters
    ----------
    ratios
        Median ratios (:func:`rt1t2.qc.calibration_check.median_ratios`) of TISSUES and PARTS.
    first_scans
        Participants, each person once.
    controls
        Those of them whose median is the reference pattern (each is left out of its own), and
        whose sides are compared: a patient's may differ.
    people
        Ids of the scans of each person who was scanned more than once
        (:func:`rt1t2.qc.retest.people`).
    methods
        Of calibration.

    Returns
    -------
    list
        Rows with COLUMNS, in long form. ``low`` and ``high`` are 95 % limits, of the mean over
        participants by t (of a correlation by Fisher's z), or of an intraclass correlation;
        ``n`` counts people. Undefined is NaN.
    """
    rows: list[Row] = []
    for method in methods:
        of_method = {who: ratios[who].get(method, {}) for who in ratios}
        patterns = {who: _values(of_method[who], PARTS) for who in ratios}
        rows += _agreement(method, patterns, first_scans, controls)
        rows += _left_right(method, [of_method[who] for who in controls])
        rows += _retest(method, of_method, people)
    return rows


def _agreement(
    method: str,
    patterns: Mapping[str, np.ndarray],
    first_scans: Sequence[str],
    controls: Sequence[str],
) -> list[Row]:
    """Compare each participant's parts with the median of the (other) controls."""
    z, deviations = [], []
    for who in first_scans:
        others = [patterns[name] for name in controls if name != who]
        both = np.array([patterns[who], _median(others)])
        both = both[:, (np.isfinite(both) & (both > 0)).all(axis=0)]
        if both.shape[1] < 3:
            continue
        z.append(np.arctanh(min(np.corrcoef(both)[0, 1], 1 - 1e-12)))
        logs = np.log(both)
        deviations.append(100 * np.sqrt(np.mean((logs[0] - logs[1]) ** 2)))
    r = Estimate(*np.tanh(mean_estimate(z)).tolist())
    return [
        _row(method, "agreement_r", WHOLE, r, len(z)),
        _row(
            method,
            "agreement_deviation_percent",
            WHOLE,
            mean_estimate(deviations),
            len(deviations),
        ),
    ]


def _left_right(method: str, found: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Compare the sides: 200 (left - right) / (left + right)."""
    rows = []
    for pair in PAIRS:
        sides = _values_of(found, (f"{pair}_left", f"{pair}_right"))
        left, right = sides[np.isfinite(sides).all(axis=1) & (sides > 0).all(axis=1)].T
        bias = 200 * (left - right) / (left + right)
        estimate = mean_estimate(bias.tolist())
        rows.append(_row(method, "left_right_percent", pair, estimate, bias.size))
    return rows


def _retest(
    method: str,
    found: Mapping[str, Mapping[str, Any]],
    people: Sequence[Sequence[str]],
) -> list[Row]:
    """Compare repeated scans; of people with more scans than others the first ones count."""
    if not people:
        return []
    k = min(len(scans) for scans in people)
    rows = []
    for region in (*TISSUES, *PARTS):
        values = np.array(
            [
                [number(found[scan].get(region)) for scan in scans[:k]]
                for scans in people
            ]
        )
        values = values[np.isfinite(values).all(axis=1)]
        n = len(values)
        agreement, consistency = intraclass(values)
        variation = np.array([variation_percent(scans) for scans in values])
        typical = float(np.sqrt(np.mean(variation**2))) if n else np.nan
        rows += [
            _row(method, "icc_2_1", region, agreement, n),
            _row(method, "icc_3_1", region, consistency, n),
            _row(
                method,
                "retest_variation_percent",
                region,
                Estimate(typical, np.nan, np.nan),
                n,
            ),
        ]
    return rows


def mean_estimate(values: Sequence[float]) -> Estimate:
    """Return the mean and its 95 % limits by t; limits are NaN of a single value."""
    x = np.asarray(values, float)
    if not x.size:
        return UNDEFINED
    if x.size < 2:
        return Estimate(float(x[0]), np.nan, np.nan)
    half = stats.t.ppf(0.975, x.size - 1) * x.std(ddof=1) / np.sqrt(x.size)
    return Estimate(*(float(x.mean() + step) for step in (0, -half, half)))


def lookup(rows: Sequence[Row]) -> dict[tuple[str, str, str], Row]:
    """Return the rows by calibration, criterion and region."""
    key = ("calibration", "criterion", "region")
    return {(row[key[0]], row[key[1]], row[key[2]]): row for row in rows}


def _row(method: str, criterion: str, region: str, found: Estimate, n: int) -> Row:
    cells = (method, criterion, region, found.value, found.low, found.high, n)
    return dict(zip(COLUMNS, cells, strict=True))


def _values(found: Mapping[str, Any], regions: Sequence[str]) -> np.ndarray:
    return np.array([number(found.get(region)) for region in regions])


def _values_of(
    found: Sequence[Mapping[str, Any]], regions: Sequence[str]
) -> np.ndarray:
    """Return shape (participants, regions)."""
    values = [number(one.get(region)) for one, region in product(found, regions)]
    return np.reshape(np.array(values, float), (len(found), len(regions)))


def _median(patterns: Sequence[np.ndarray]) -> np.ndarray:
    """Return the median of the defined values of each part, NaN of none."""
    if not patterns:
        return np.full(len(PARTS), np.nan)
    columns = np.array(patterns).T
    defined = (column[np.isfinite(column)] for column in columns)
    return np.array([np.median(c) if c.size else np.nan for c in defined])
