"""Comparing age and sex between groups: the tests behind the paper's Table 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import nan
from typing import Any

import numpy as np
from scipy import special, stats

from rt1t2.significance import ALPHA

Row = dict[str, Any]

DESCRIPTIVES = (
    *("group", "label", "n", "age_n", "age_mean", "age_sd"),
    *("n_male", "n_female", "shapiro_w", "shapiro_p"),
)
TESTS = ("variable", "comparison", "test", "statistic", "df", "p", "note")
# More tables than this are not enumerated: some 10 s and 1 GB.
MAX_TABLES = 20_000_000


@dataclass(frozen=True)
class TestResult:
    """A test: its name, statistic, degrees of freedom, p, and a note."""

    test: str
    statistic: float = nan
    df: float = nan
    p: float = nan
    note: str = ""


def descriptives(
    rows: Sequence[Mapping[str, str]], groups: Mapping[str, str]
) -> list[Row]:
    """Describe age and sex of every group, in the order of ``groups``.

    ``n/a`` ages and sexes are left out; ``age_n`` and the counts say how many are known.
    """
    described = []
    for code, label in groups.items():
        members = [row for row in rows if row["group"] == code]
        age = known_ages(members)
        male, female = sex_counts(members)
        shapiro = shapiro_wilk(age)
        described.append(
            {
                "group": code,
                "label": label,
                "n": len(members),
                "age_n": len(age),
                "age_mean": age.mean() if len(age) else nan,
                "age_sd": age.std(ddof=1) if len(age) > 1 else nan,
                "n_male": male,
                "n_female": female,
                "shapiro_w": shapiro.statistic,
                "shapiro_p": shapiro.p,
            }
        )
    return described


def compare_groups(
    rows: Sequence[Mapping[str, str]], groups: Mapping[str, str], control_group: str
) -> list[Row]:
    """Test age and sex between every two groups, and sex between all of them.

    Age is compared with Student's t (pooled variance) if the Shapiro–Wilk test finds no
    group of the study to deviate from normality (p >= 0.05), else with Mann–Whitney's U.
    """
    members = {code: [r for r in rows if r["group"] == code] for code in groups}
    age = {code: known_ages(members[code]) for code in groups}
    sex = {code: sex_counts(members[code]) for code in groups}
    missing = {
        code: {
            "age": len(members[code]) - len(age[code]),
            "sex": len(members[code]) - sum(sex[code]),
        }
        for code in groups
    }
    skewed = [code for code in groups if shapiro_wilk(age[code]).p < ALPHA]
    reason = f"not normal: {', '.join(skewed)}" if skewed else ""
    pairs = group_pairs(list(groups), control_group)

    tested = []
    for a, b in pairs:
        result = mann_whitney(age[a], age[b]) if skewed else student_t(age[a], age[b])
        tested.append(_row("age", (a, b), result, reason, missing))
    if len(groups) > 2:
        tested.append(
            _row("sex", tuple(groups), fisher_exact(list(sex.values())), "", missing)
        )
    for a, b in pairs:
        tested.append(_row("sex", (a, b), fisher_exact([sex[a], sex[b]]), "", missing))
    return tested


def group_pairs(groups: Sequence[str], control_group: str) -> list[tuple[str, str]]:
    """Return every two groups, patients against controls first, controls second in a pair."""
    patients = [group for group in groups if group != control_group]
    return [(group, control_group) for group in patients] + [*combinations(patients, 2)]


def known_ages(rows: Sequence[Mapping[str, str]]) -> np.ndarray:
    """Return the ages that are given, in years."""
    return np.array(
        [float(row["age"]) for row in rows if row.get("age", "n/a") not in ("n/a", "")]
    )


def sex_counts(rows: Sequence[Mapping[str, str]]) -> tuple[int, int]:
    """Count males and females."""
    sexes = [row.get("sex", "n/a").upper()[:1] for row in rows]
    return sexes.count("M"), sexes.count("F")


def shapiro_wilk(values: np.ndarray) -> TestResult:
    """Test normality; undefined for fewer than three values or for equal ones."""
    if len(values) < 3 or np.ptp(values) == 0:
        return TestResult("Shapiro-Wilk")
    w, p = stats.shapiro(values)
    return TestResult("Shapiro-Wilk", float(w), nan, float(p))


def student_t(a: np.ndarray, b: np.ndarray) -> TestResult:
    """Compare two means with Student's t, two-sided, from the values."""
    if min(len(a), len(b)) < 2:
        return TestResult("Student t", note="a group has fewer than two values")
    return student_t_from_summary(
        a.mean(), a.std(ddof=1), len(a), b.mean(), b.std(ddof=1), len(b)
    )


def student_t_from_summary(
    mean_a: float, sd_a: float, n_a: int, mean_b: float, sd_b: float, n_b: int
) -> TestResult:
    """Compare two means with Student's t, two-sided, from the summary that a paper prints."""
    if min(n_a, n_b) < 2:
        return TestResult("Student t", note="a group has fewer than two values")
    if sd_a == sd_b == 0:
        return TestResult("Student t", note="the values do not vary")
    t, p = stats.ttest_ind_from_stats(mean_a, sd_a, n_a, mean_b, sd_b, n_b)
    return TestResult("Student t", float(t), n_a + n_b - 2, float(p))


def mann_whitney(a: np.ndarray, b: np.ndarray) -> TestResult:
    """Compare two groups with Mann–Whitney's U, two-sided; exact where small without ties."""
    if min(len(a), len(b)) < 1:
        return TestResult("Mann-Whitney U", note="a group has no values")
    if np.ptp(np.concatenate([a, b])) == 0:
        return TestResult("Mann-Whitney U", note="the values do not vary")
    ties = len(np.unique(np.concatenate([a, b]))) < len(a) + len(b)
    method = "asymptotic" if ties or max(len(a), len(b)) > 50 else "exact"
    u, p = stats.mannwhitneyu(a, b, alternative="two-sided", method=method)
    note = f"{method} p"
    return TestResult("Mann-Whitney U", float(u), nan, float(p), note)


def fisher_exact(counts: Sequence[tuple[int, ...]]) -> TestResult:
    """Test a table of k groups by two sexes exactly (Fisher, Freeman and Halton).

    Parameters
    ----------
    counts
        Males and females of each group.

    Notes
    -----
    p is the summed probability of all tables with the same margins that are at most as
    probable as the observed one (relative tolerance 1e-7, as R's ``fisher.test``), by
    enumeration. Freeman & Halton 1951, 10.1093/biomet/38.1-2.141.
    """
    test = "Fisher exact" if len(counts) == 2 else "Fisher-Freeman-Halton exact"
    table = np.array(counts)
    males, sizes = table[:, 0], table.sum(axis=1)
    if (sizes == 0).any():
        return TestResult(test, note="the sex of a whole group is unknown")
    if males.sum() in (0, sizes.sum()):
        return TestResult(test, note="all participants have the same sex")
    if np.prod(sizes[:-1] + 1.0) > MAX_TABLES:
        return TestResult(test, note="too many tables to enumerate")
    # log probability of the males of each group, grown one group at a time
    drawn, log_p = np.zeros(1, int), np.zeros(1)
    for size in sizes[:-1]:
        choices = np.arange(size + 1)
        drawn = np.add.outer(drawn, choices).ravel()
        log_p = np.add.outer(log_p, _log_choose(size, choices)).ravel()
        possible = drawn <= males.sum()
        drawn, log_p = drawn[possible], log_p[possible]
    rest = males.sum() - drawn
    possible = rest <= sizes[-1]
    log_p = log_p[possible] + _log_choose(sizes[-1], rest[possible])
    log_p -= _log_choose(sizes.sum(), males.sum())
    observed = _log_choose(sizes, males).sum() - _log_choose(sizes.sum(), males.sum())
    p = np.exp(log_p[log_p <= observed + 1e-7]).sum()
    return TestResult(test, p=float(min(p, 1)))


def _log_choose(n: Any, k: Any) -> np.ndarray:
    """Logarithm of the binomial coefficient."""
    n, k = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    log_choices: np.ndarray = (
        special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    )
    return log_choices


def _row(
    variable: str,
    groups: tuple[str, ...],
    result: TestResult,
    reason: str,
    missing: Mapping[str, Mapping[str, int]],
) -> Row:
    lacking = [
        f"{variable} unknown for {missing[group][variable]} of {group}"
        for group in groups
        if missing[group][variable]
    ]
    return {
        "variable": variable,
        "comparison": " - ".join(groups),
        "test": result.test,
        "statistic": result.statistic,
        "df": result.df,
        "p": result.p,
        "note": "; ".join(filter(None, [reason, result.note, *lacking])) or None,
    }
