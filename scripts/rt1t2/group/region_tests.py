"""Every contrast in every region of the native table: effect, interval, p and q."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy import stats

from rt1t2.contrasts import VISITS, Contrast, kind_of
from rt1t2.errors import UserError
from rt1t2.false_discovery import benjamini_hochberg
from rt1t2.group.contrast_design import contrast_design
from rt1t2.group.design import PARTICIPANT, Design, Row
from rt1t2.group.evidence import evidence_of
from rt1t2.group.model import Fit, fit_groups, sum_groups
from rt1t2.tables import described, number

NO_BOUND = 0.5  # of equivalence, which the table does not print


@dataclass(frozen=True)
class RegionTest:
    """One contrast in one region: a row of ``regions/tests.tsv``.

    Attributes
    ----------
    n
        Rows of the design with a value in the region.
    estimate, estimate_low, estimate_high
        Difference, slope or change in units of the ratio with its 95 % limits; NaN of F.
    value, df_effect, df
        t or F and its degrees of freedom.
    p, q_fdr
        Two-sided p, and q by Benjamini and Hochberg over the regions of the atlas.
    measure, effect, effect_low, effect_high
        Effect size with its 95 % limits.
    log10_bf10
        Bayes factor, effect against none.
    """

    contrast: str
    statistic: str
    atlas: str
    index: str
    region: str
    n: int
    estimate: float
    estimate_low: float
    estimate_high: float
    value: float
    df_effect: int
    df: float
    p: float
    q_fdr: float
    measure: str
    effect: float
    effect_low: float
    effect_high: float
    log10_bf10: float


COLUMNS = tuple(field.name for field in fields(RegionTest))


def region_tests(
    values: Sequence[Row],
    contrast: Contrast,
    rows: Sequence[Row],
    covariates: Sequence[str],
    variance: str,
) -> list[RegionTest]:
    """Test one contrast in every region of every atlas.

    Parameters
    ----------
    values
        Rows of ``regions/native.tsv``.
    contrast, rows, covariates
        As in :func:`~rt1t2.group.contrast_design.contrast_design`; rows of people without
        values (finished maps) are left out, of two visits both.
    variance
        As in :func:`~rt1t2.group.model.fit_groups`; the groups' variances are shared by the
        regions of an atlas.

    Raises
    ------
    UserError
        The people with values are too few for the design.
    """
    people = {row[PARTICIPANT] for row in values}
    rows = _with_values(contrast, rows, people)
    if not rows:
        raise UserError(f"contrast {contrast['name']}: nobody has values of regions.")
    design = contrast_design(contrast, rows, covariates)
    by_atlas: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
    for row in values:
        regions = by_atlas.setdefault(row["atlas"], {})
        means = regions.setdefault((row["index"], row["region"]), {})
        means[row[PARTICIPANT]] = number(row["mean"])
    tests = []
    for atlas, regions in by_atlas.items():
        y = np.array(
            [
                [means.get(scan, np.nan) for means in regions.values()]
                for scan in design.scans
            ]
        )
        if design.kind == VISITS:
            y = y[: len(y) // 2] - y[len(y) // 2 :]
        fit = _fit(y, design, variance)
        names = [(contrast["name"], atlas, *region) for region in regions]
        tests += _rows(names, np.isfinite(y).sum(axis=0), design, fit)
    return tests


def _with_values(
    contrast: Contrast, rows: Sequence[Row], people: set[str]
) -> list[Row]:
    has = [row[PARTICIPANT] in people for row in rows]
    if kind_of(contrast) == VISITS:
        n = len(rows) // 2
        has = [a and b for a, b in zip(has[:n], has[n:], strict=True)] * 2
    return [row for row, known in zip(rows, has, strict=True) if known]


def _fit(y: np.ndarray, design: Design, variance: str) -> Fit:
    sums = sum_groups(y, design, y.shape[1], "pairwise")
    try:
        return fit_groups(sums, design, variance)
    except UserError:  # no region that everybody has: one variance for all groups
        return fit_groups(sums, design, "equal")


def _rows(
    names: Sequence[tuple[str, str, str, str]], n: np.ndarray, design: Design, fit: Fit
) -> list[RegionTest]:
    is_f = design.statistic == "F"
    evidence = evidence_of(
        *(fit.t, fit.df, fit.effective_n, NO_BOUND),
        measure=design.measure,
        df_effect=design.rank,
    )
    if is_f:
        p = stats.f.sf(fit.t, design.rank, fit.df)
        estimate = half = np.full(len(names), np.nan)
    else:
        p = 2 * stats.t.sf(np.abs(fit.t), fit.df)
        estimate = fit.beta @ design.contrast
        with np.errstate(divide="ignore", invalid="ignore"):
            half = stats.t.isf(0.025, fit.df) * np.abs(estimate / fit.t)
    q = np.full(len(names), np.nan)
    known = np.isfinite(p)
    q[known] = benjamini_hochberg(p[known])
    return [
        RegionTest(
            contrast=contrast,
            statistic=design.statistic,
            atlas=atlas,
            index=index,
            region=region,
            n=int(n[i]),
            estimate=float(estimate[i]),
            estimate_low=float(estimate[i] - half[i]),
            estimate_high=float(estimate[i] + half[i]),
            value=float(fit.t[i]),
            df_effect=design.rank,
            df=float(fit.df[i]),
            p=float(p[i]),
            q_fdr=float(q[i]),
            measure=design.measure,
            effect=float(evidence.g[i]),
            effect_low=float(evidence.g_low[i]),
            effect_high=float(evidence.g_high[i]),
            log10_bf10=float(evidence.log10_bf10[i]),
        )
        for i, (contrast, atlas, index, region) in enumerate(names)
    ]


def about_columns() -> Mapping[str, Mapping[str, str]]:
    """Describe the columns of ``regions/tests.tsv`` for its JSON file, as BIDS does."""
    told = {
        "contrast": "name of the contrast in the config",
        "statistic": "t or F",
        "atlas": "name of the atlas in the config; tissues: GM, WM and deep grey matter",
        "index": "label of the region in the atlas",
        "region": "name of the region",
        "n": "participants, or pairs of visits, with a value",
        "estimate": "difference, slope or change in units of the ratio; n/a of F",
        "estimate_low": "lower 95 % limit of the estimate",
        "estimate_high": "upper 95 % limit of the estimate",
        "value": "t or F",
        "df_effect": "numerator degrees of freedom",
        "df": "residual degrees of freedom",
        "p": "two-sided p",
        "q_fdr": "q by Benjamini and Hochberg over the regions of the atlas",
        "measure": "what the effect size is",
        "effect": "effect size",
        "effect_low": "lower 95 % limit of the effect size",
        "effect_high": "upper 95 % limit of the effect size",
        "log10_bf10": "log10 of the Bayes factor, effect against none",
    }
    return described(COLUMNS, told)
