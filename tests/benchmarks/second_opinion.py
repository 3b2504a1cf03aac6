"""A second opinion on the numbers of a finished study: [RESULTS [PARTICIPANTS.tsv]].

Recomputes, by other code than the workflow's, every number of clusters.tsv, peaks.tsv,
correlations.tsv and tests.tsv, and prints the largest deviation of each quantity. Statsmodels
fits the models and adjusts p; SciPy integrates and inverts distributions; clusters, resels,
omissions, relabellings and tables of counts are gone through one by one. None of it imports
rt1t2.group or rt1t2.receptors. p values from random relabelling are compared in standard errors of
both draws, and everything else by its relative deviation.

RESULTS is the folder ``results`` of a study. Finished maps are found by the table's column
``map``, others below RESULTS. Without arguments, 20 random small designs are analysed and
checked; with ``spm`` the maps of ``../shared/reference/spm_ttest``.
"""

import csv
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import combinations, pairwise, product
from math import lgamma
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import statsmodels.api as sm
from scipy import integrate, ndimage, optimize, sparse, stats
from scipy.special import comb, gamma
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttest_ind

ROOT = Path(__file__).resolve().parents[2]

# Largest deviation: relative for what is computed (maps are stored as float32, and a p in the
# tail multiplies the rounding of its t), in standard errors for what is drawn.
TOLERANCE = {"computed": 2e-5, "drawn": 5.0}
RELABELLINGS = 99
Rows = list[dict[str, str]]


class Deviations:
    """The largest deviation by quantity."""

    def __init__(self) -> None:
        self.largest: dict[tuple[str, str], tuple[float, str]] = {}

    def add(
        self,
        quantity: str,
        ours: float,
        other: float,
        where: str,
        scale: float = 0.0,
        smallest: float = 1e-9,
    ) -> None:
        """Compare two numbers: relatively (to ``smallest`` at least), or in units of ``scale``."""
        ours, other = float(ours), float(other)
        kind = "drawn" if scale else "computed"
        if np.isnan(ours) and np.isnan(other):
            deviation = 0.0
        elif scale:
            deviation = abs(ours - other) / scale
        else:
            deviation = abs(ours - other) / max(abs(other), smallest)
            if abs(ours - other) < 1e-12:
                deviation = 0.0
        deviation = np.inf if np.isnan(deviation) else deviation
        key = quantity, kind
        if key not in self.largest or deviation > self.largest[key][0]:
            self.largest[key] = deviation, f"{where}: {ours:.10g}, second {other:.10g}"

    def report(self) -> bool:
        """Print one line per quantity; tell whether all are within the tolerance."""
        fine = True
        for (quantity, kind), (deviation, where) in sorted(self.largest.items()):
            within = deviation <= TOLERANCE[kind]
            fine &= within
            unit = "standard errors" if kind == "drawn" else "relative"
            mark = "" if within else f"   BEYOND {TOLERANCE[kind]:g}"
            sys.stdout.write(
                f"{quantity:34s} {deviation:10.3g} {unit}  ({where}){mark}\n"
            )
        return fine


def read(path: Path) -> Rows:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def number(text: Any) -> float:
    return np.nan if text in ("n/a", "", None) else float(text)


def maps_of(results: Path, table: Path | None, people: list[str]) -> list[str]:
    """Return the path of everybody's smoothed map."""
    named = {row["participant_id"]: row for row in read(table)} if table else {}
    paths = []
    for sub in people:
        finished = named.get(sub, {}).get("map", "n/a")
        if finished not in ("n/a", ""):
            paths.append(str(table.parent / finished))
        else:
            name = (
                f"derivatives/rt1t2/{sub}/anat/{sub}_*_desc-smoothed_T1wT2wratio.nii.gz"
            )
            paths += [str(path) for path in results.glob(name)]
    return paths


def volume(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    image = nib.as_closest_canonical(nib.squeeze_image(nib.load(path)))
    return image.get_fdata(dtype=np.float64), image.affine


# -- models and clusters -----------------------------------------------------------------------


def fitted(
    y: np.ndarray, x: np.ndarray, model: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return t, its degrees of freedom and 1 / c'(X'V^-1 X)^-1 c at every voxel."""
    plus = x[:, 0] == 1
    if model["variance"] == "welch":
        found = stats.ttest_ind(y[plus], y[~plus], equal_var=False)
        n_a, n_b = plus.sum(), (~plus).sum()
        v_a, v_b = y[plus].var(axis=0, ddof=1), y[~plus].var(axis=0, ddof=1)
        pooled = ((n_a - 1) * v_a + (n_b - 1) * v_b) / (n_a + n_b - 2)
        return found.statistic, found.df, pooled / (v_a / n_a + v_b / n_b)
    v = np.where(plus, *model["relative_variance"])
    c = np.r_[1.0, -1.0, np.zeros(x.shape[1] - 2)]
    wls = sm.WLS(y[:, 0], x, weights=1 / v)
    beta = np.linalg.pinv(wls.wexog)
    whitened = y / np.sqrt(v)[:, None]
    residual = whitened - wls.wexog @ (beta @ whitened)
    df = len(x) - x.shape[1]
    scale = c @ np.linalg.inv(wls.wexog.T @ wls.wexog) @ c
    t = c @ beta @ whitened / np.sqrt((residual**2).sum(axis=0) / df * scale)
    # and some voxels by statsmodels alone
    for k in np.linspace(0, y.shape[1] - 1, 5).astype(int):
        alone = sm.WLS(y[:, k], x, weights=1 / v).fit().t_test(c).tvalue.item()
        assert np.isclose(alone, t[k], rtol=1e-8, atol=1e-10), "two ways to fit differ"
    return t, np.full(t.shape, float(df)), np.full(t.shape, 1 / scale)


def residuals(y: np.ndarray, x: np.ndarray, model: dict[str, Any]) -> np.ndarray:
    """Return whitened residuals over their SD, shape (participants, voxels)."""
    plus = x[:, 0] == 1
    if model["variance"] == "welch":
        left = y - np.where(plus[:, None], y[plus].mean(axis=0), y[~plus].mean(axis=0))
        sd = [
            left[g].std(axis=0) * np.sqrt(g.sum() / (g.sum() - 1))
            for g in (plus, ~plus)
        ]
        return left / np.where(plus[:, None], *sd)
    root = np.sqrt(np.where(plus, *model["relative_variance"]))[:, None]
    fit = sm.OLS(y / root, x / root).fit()
    left = y / root - (x / root) @ fit.params
    return left / np.sqrt((left**2).sum(axis=0) / (len(x) - x.shape[1]))


def neighbours(mask: np.ndarray, most: int) -> sparse.coo_array:
    """Return which voxels of a mask touch: at faces (most = 1), or at edges too (2)."""
    index = np.full(np.array(mask.shape) + 2, -1)
    index[1:-1, 1:-1, 1:-1][mask] = np.arange(mask.sum())
    points = np.argwhere(mask) + 1
    pairs = []
    for step in product((-1, 0, 1), repeat=3):
        if 0 < np.abs(step).sum() <= most:
            other = index[tuple((points + step).T)]
            pairs.append(np.stack([np.flatnonzero(other >= 0), other[other >= 0]]))
    rows, columns = np.concatenate(pairs, axis=1)
    n = len(points)
    return sparse.coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(n, n))


def components(mask: np.ndarray, most: int) -> np.ndarray:
    """Label the clusters of a mask by a graph of its voxels, from 0."""
    return sparse.csgraph.connected_components(neighbours(mask, most), directed=False)[
        1
    ]


def field_of(
    left: np.ndarray, mask: np.ndarray, df: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return FWHM in voxels and resel counts; forward differences, whole cubes only."""
    index = np.full(np.array(mask.shape) + 1, -1)
    index[:-1, :-1, :-1][mask] = np.arange(mask.sum())
    points = np.argwhere(mask)
    corners = list(product((0, 1), repeat=3))

    def cells(*axes: int) -> np.ndarray:
        shifts = [np.array([(k in axes) * c[k] for k in range(3)]) for c in corners]
        return np.all([index[tuple((points + s).T)] >= 0 for s in shifts], axis=0)

    base = points[cells(0, 1, 2)]
    here = left[:, index[tuple(base.T)]]
    steps = np.eye(3, dtype=int)
    gradient = np.stack([left[:, index[tuple((base + s).T)]] - here for s in steps])
    lam = np.einsum("anv,bnv->vab", gradient, gradient) / df / (4 * np.log(2))
    density = np.sqrt(np.clip(np.linalg.det(lam), 0, None))
    axes = np.sqrt(np.einsum("vaa->va", lam)).mean(axis=0)
    fwhm = 1 / (np.cbrt(density.mean()) * axes / np.cbrt(axes.prod()))
    cube, edge = cells(0, 1, 2).sum(), [cells(a).sum() for a in range(3)]
    face = {pair: cells(*pair).sum() for pair in ((0, 1), (0, 2), (1, 2))}
    return fwhm, np.array(
        [
            len(points) - sum(edge) + sum(face.values()) - cube,
            sum(
                (edge[a] - sum(n for pair, n in face.items() if a in pair) + cube)
                / fwhm[a]
                for a in range(3)
            ),
            sum((n - cube) / fwhm[list(pair)].prod() for pair, n in face.items()),
            cube / fwhm.prod(),
        ]
    )


def euler(t: float | np.ndarray, df: float, resels: np.ndarray) -> Any:
    """Return the expected Euler characteristic above t; Worsley et al. 1996, table II."""
    a, power = 4 * np.log(2), (1 + np.square(t) / df) ** ((1 - df) / 2)
    ratio = np.exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / np.sqrt(df / 2)
    return (
        resels[0] * stats.t.sf(t, df)
        + resels[1] * np.sqrt(a) / (2 * np.pi) * power
        + resels[2] * a / (2 * np.pi) ** 1.5 * ratio * power * t
        + resels[3]
        * a**1.5
        / (2 * np.pi) ** 2
        * power
        * ((df - 1) / df * np.square(t) - 1)
    )


# -- evidence ----------------------------------------------------------------------------------


def hedges(t: float, df: float, effective_n: float) -> tuple[float, float, float]:
    """Return Hedges g and the limits of the standardised difference.

    The distribution of noncentral t is integrated over the estimated SD, because SciPy's is
    undefined far from 0.
    """
    correction = np.exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / np.sqrt(df / 2)
    spread = stats.chi(df, scale=1 / np.sqrt(df))
    ends = spread.ppf([1e-13, 1 - 1e-13])

    def below(d: float) -> float:
        cuts = spread.ppf([0.01, 0.5, 0.99])
        edges = np.clip(sorted([*ends, *cuts, d / t if t else cuts[0]]), *ends)
        return sum(
            integrate.quad(
                lambda s: stats.norm.cdf(t * s - d) * spread.pdf(s),
                low,
                high,
                epsabs=1e-12,
            )[0]
            for low, high in pairwise(edges)
        )

    reach = 12 + 4 * abs(t)
    limits = [
        optimize.brentq(lambda d, p=p: below(d) - p, t - reach, t + reach, xtol=1e-9)
        for p in (0.975, 0.025)
    ]
    root = np.sqrt(effective_n)
    return correction * t / root, limits[0] / root, limits[1] / root


def log10_bayes(t: float, df: float, effective_n: float) -> float:
    """Return the Bayes factor of Rouder et al. 2009, integrated over the prior variance g."""
    width = 0.5  # the squared scale of the Cauchy prior, sqrt(1/2)

    def log_ratio(u: float) -> float:
        g = np.exp(u)
        prior = 0.5 * np.log(width / (2 * np.pi)) - 1.5 * u - width / (2 * g) + u
        shrunk = 1 + effective_n * g
        likelihood = -(df + 1) / 2 * np.log1p(t**2 / (shrunk * df)) - 0.5 * np.log(
            shrunk
        )
        return prior + likelihood + (df + 1) / 2 * np.log1p(t**2 / df)

    grid = np.linspace(-25, 60, 1701)
    values = np.array([log_ratio(u) for u in grid])
    top = values.max()
    # the integrand falls off exponentially at both ends: the trapezium rule converges fast
    return float((top + np.log(np.trapezoid(np.exp(values - top), grid))) / np.log(10))


# -- relabelling -------------------------------------------------------------------------------


def enhanced(t: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return TFCE at a mask's voxels by adding up thin slabs of equal height."""
    total, step = np.zeros(t.shape), 0.04
    volume_t = np.zeros(mask.shape)
    volume_t[mask] = t
    for height in np.arange(step / 2, max(t.max(), 0), step):
        labels, _ = ndimage.label(volume_t > height)
        extent = np.bincount(labels.ravel())
        extent[0] = 0
        total += np.sqrt(extent[labels[mask]]) * height**2 * step
    return total


def relabelled(
    y: np.ndarray, x: np.ndarray, mask: np.ndarray, height_p: float, every: bool
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return p of extent and TFCE in the direction plus > minus, and how many labellings."""
    nuisance = np.column_stack([np.ones(len(x)), x[:, 2:]])
    left = y - nuisance @ np.linalg.lstsq(nuisance, y, rcond=None)[0]
    height = stats.t.isf(height_p, len(x) - x.shape[1])
    rng = np.random.default_rng(99)

    def measured(order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        fit = sm.OLS(left[order], np.column_stack([x[:, 0], nuisance]))
        beta = np.linalg.lstsq(fit.exog, left[order], rcond=None)[0]
        rest = ((left[order] - fit.exog @ beta) ** 2).sum(axis=0) / (
            len(x) - x.shape[1]
        )
        t = beta[0] / np.sqrt(rest * np.linalg.inv(fit.exog.T @ fit.exog)[0, 0])
        above = mask.copy()
        above[mask] = t > height
        sizes = np.zeros(t.shape)
        if above.any():
            labels = components(above, 1)
            sizes[t > height] = np.bincount(labels)[labels]
        return sizes, enhanced(t, mask)

    def orders() -> Iterator[np.ndarray]:
        if not every:
            yield from (rng.permutation(len(x)) for _ in range(RELABELLINGS))
            return
        first = np.flatnonzero(x[:, 0] == 1)
        for chosen in combinations(range(len(x)), len(first)):
            order = np.empty(len(x), int)
            order[first] = chosen
            order[x[:, 0] != 1] = np.setdiff1d(np.arange(len(x)), chosen)
            if tuple(first) != chosen:
                yield order

    observed = measured(np.arange(len(x)))
    null = np.array([[m.max() for m in measured(order)] for order in orders()])
    p = [
        (1 + (null[:, [k]] >= observed[k] * (1 - 1e-9)).sum(axis=0)) / (1 + len(null))
        for k in (0, 1)
    ]
    return (
        np.where(observed[0] > 0, p[0], 1),
        np.where(observed[1] > 0, p[1], 1),
        len(null),
    )


# -- the tables --------------------------------------------------------------------------------


def check_contrast(folder: Path, paths: list[str], found: Deviations) -> None:
    """Recompute clusters.tsv and peaks.tsv of one contrast."""
    summary = json.loads((folder / "summary.json").read_text())
    design = read(folder / "design.tsv")
    columns = [name for name in design[0] if name != "participant_id"]
    x = np.array([[float(row[c]) for c in columns] for row in design])
    stored, affine = volume(folder / "t.nii.gz")
    mask = np.isfinite(stored)
    y = np.stack([volume(path)[0][mask] for path in paths])
    where = folder.name
    if not np.isfinite(y).all():
        sys.stdout.write(f"{where}: maps with gaps are not compared\n")
        return
    t, df, effective_n = fitted(y, x, summary)
    # of a t near 0 the maps' own rounding is a large part
    found.add("t (whole map)", *_worst(stored[mask], t), where, smallest=1.0)
    fwhm, resels = field_of(residuals(y, x, summary), mask, summary["df"])
    for k, name in enumerate(("fwhm_mm", "resels")):
        other = (fwhm * nib.affines.voxel_sizes(affine), resels)[k]
        for ours, second in zip(summary[name], other, strict=True):
            found.add(name, ours, second, where)
    common_df = float(summary["df"])
    common = stats.t.isf(stats.t.sf(np.abs(t), df), common_df) * np.sign(t)
    common = np.where(np.abs(df - common_df) > 1e-3, common, t)
    height = stats.t.isf(summary["height_p"], common_df)
    above = mask.copy()
    above[mask] = common > height
    if not above.any():
        return
    labels = components(above, 2)
    sizes = np.bincount(labels)
    touching = neighbours(above, 2)
    values = common[common > height]
    reported = t[common > height]
    highest = np.full(len(values), -np.inf)
    np.maximum.at(highest, touching.row, values[touching.col])
    is_peak = values >= highest
    expected = float(euler(height, common_df, resels))
    only = np.array([0.0, 0, 0, 1])
    mean_size = stats.t.sf(height, common_df) / float(euler(height, common_df, only))
    beta = (gamma(2.5) / mean_size) ** (2 / 3)
    p_size = np.exp(-beta * (sizes / fwhm.prod()) ** (2 / 3))
    q_size = multipletests(p_size, method="fdr_bh")[1]
    p_peak = np.clip(euler(values[is_peak], common_df, resels) / expected, 0, 1)
    q_peak = np.full(len(values), np.nan)
    q_peak[is_peak] = multipletests(p_peak, method="fdr_bh")[1]
    points = np.argwhere(above)
    mm = nib.affines.apply_affine(affine, points)
    kept = sorted(
        np.flatnonzero(sizes >= max(summary["extent_voxels"], 1)),
        key=lambda k: -values[labels == k].max(),
    )
    clusters, peaks = read(folder / "clusters.tsv"), read(folder / "peaks.tsv")
    found.add("number of clusters", len(clusters), len(kept), where)

    def peak_numbers(k: int) -> dict[str, float]:
        p = stats.t.sf(values[k], common_df)
        p = -np.expm1(-p)
        field = -np.expm1(-euler(values[k], common_df, resels))
        bonferroni = min(1.0, mask.sum() * stats.t.sf(values[k], common_df))
        return {
            "t": reported[k],
            "zscore": stats.norm.isf(p),
            "p_unc": p,
            "p_fwe": min(field, bonferroni),
            "q_fdr": q_peak[k],
        }

    inside = {tuple(point): k for k, point in enumerate(np.argwhere(mask))}
    omitted = _omissions(
        y,
        x,
        summary,
        mask,
        [
            inside[
                tuple(points[np.flatnonzero(labels == k)[values[labels == k].argmax()]])
            ]
            for k in kept
        ],
    )
    p_maps = _permuted_p(folder, y, x, mask, affine, summary)
    for row, cluster, (share, lowest) in zip(clusters, kept, omitted, strict=True):
        name = f"{where} cluster {row['cluster']}"
        members = np.flatnonzero(labels == cluster)
        peak = members[values[members].argmax()]
        at = inside[tuple(points[peak])]
        g, low, high = hedges(t[at], df[at], effective_n[at])
        bayes = [
            log10_bayes(t[k], df[k], effective_n[k])
            for k in (
                inside[tuple(points[m])] for m in members[:: max(1, len(members) // 60)]
            )
        ]
        numbers = {
            **{f"peak_{a}_mm": mm[peak][i] for i, a in enumerate("xyz")},
            **{f"cog_{a}_mm": mm[members].mean(axis=0)[i] for i, a in enumerate("xyz")},
            "n_voxels": len(members),
            "volume_mm3": len(members) * abs(np.linalg.det(affine[:3, :3])),
            **{f"peak_{key}": value for key, value in peak_numbers(peak).items()},
            "cluster_p_unc": p_size[cluster],
            "cluster_p_fwe": -np.expm1(-expected * p_size[cluster]),
            "cluster_q_fdr": q_size[cluster],
            "hedges_g": g,
            "hedges_g_low": low,
            "hedges_g_high": high,
            "log10_bf10": log10_bayes(t[at], df[at], effective_n[at]),
            "loo_share": share,
            "loo_min_peak_t": lowest,
        }
        for quantity, value in numbers.items():
            found.add(quantity, number(row[quantity]), value, name)
        if len(members) <= 60:
            found.add(
                "mean_log10_bf10", number(row["mean_log10_bf10"]), np.mean(bayes), name
            )
        if p_maps is not None:
            here = np.array([inside[tuple(points[m])] for m in members])
            for quantity, p, scale in p_maps:
                sampled = p[here][np.isfinite(p[here])]
                value = sampled.min() if sampled.size else np.nan
                error = np.sqrt(value * (1 - value) * scale) + scale
                found.add(quantity, number(row[quantity]), value, name, error)
        rows = [p for p in peaks if p["cluster"] == row["cluster"]]
        for peak_row in rows:
            place = [float(peak_row[f"{a}_mm"]) for a in "xyz"]
            k = int(np.abs(mm - place).sum(axis=1).argmin())
            found.add(
                "peaks: is a maximum",
                1,
                float(is_peak[k] and labels[k] == cluster),
                name,
            )
            for quantity, value in peak_numbers(k).items():
                found.add(f"peaks: {quantity}", number(peak_row[quantity]), value, name)
        chosen: list[np.ndarray] = []
        for k in sorted(members[is_peak[members]], key=lambda m: -values[m]):
            if len(chosen) < 3 and all(np.linalg.norm(mm[k] - c) > 8 for c in chosen):
                chosen.append(mm[k])
        found.add("peaks: number", len(rows), len(chosen), name)


def _worst(ours: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    k = int(np.abs(ours - other).argmax())
    return float(ours[k]), float(other[k])


def _omissions(y, x, summary, mask, peaks):
    """Return share of analyses that find each cluster without one person, and lowest peak t."""
    found, lowest = np.zeros(len(peaks)), np.full(len(peaks), np.inf)
    for k in range(len(x)):
        others = np.arange(len(x)) != k
        try:
            t, df, _ = fitted(y[others], x[others], summary)
        except np.linalg.LinAlgError:
            return [(np.nan, np.nan)] * len(peaks)
        common = summary["df"] - 1
        equal = stats.t.isf(stats.t.sf(np.abs(t), df), common) * np.sign(t)
        above = mask.copy()
        above[mask] = equal > stats.t.isf(summary["height_p"], common)
        size = np.zeros(len(t))
        if above.any():
            labels = components(above, 2)
            size[above[mask]] = np.bincount(labels)[labels]
        found += size[peaks] >= max(summary["extent_voxels"], 1)
        lowest = np.minimum(lowest, t[peaks])
    return list(zip(found / len(x), lowest, strict=True))


def _permuted_p(folder, y, x, mask, affine, summary):
    """Return own p of extent and TFCE by voxel, on the grid of the study's permutation."""
    record = summary["permutation"]
    if not record["permutations"]:
        return None
    step = record["grid_step"]
    start = record.get("grid_start") or [step // 2] * 3
    sampled = np.zeros(mask.shape, bool)
    sampled[tuple(slice(s, None, step) for s in start)] = True
    use = (mask & sampled)[mask]
    coarse = mask[tuple(slice(s, None, step) for s in start)]
    every = bool(record.get("exhaustive"))
    extent, tfce, n = relabelled(y[:, use], x, coarse, summary["height_p"], every)
    scale = 1 / n if every else 1 / n + 1 / record["permutations"]
    results = []
    for quantity, p in (("cluster_p_fwe_permutation", extent), ("tfce_p_fwe", tfce)):
        whole = np.full(mask.sum(), np.nan)
        whole[use] = p
        results.append((quantity, whole, scale))
    return results


def check_correlations(
    folder: Path,
    groups: dict[str, str],
    controls: str,
    settings: dict[str, Any],
    found: Deviations,
) -> None:
    """Recompute correlations.tsv from regions.tsv."""
    regions, table = read(folder / "regions.tsv"), read(folder / "correlations.tsv")
    values: dict[tuple[str, str], list[float]] = {}
    for row in regions:
        values.setdefault((row["kind"], row["name"]), []).append(number(row["mean"]))
    people = {
        n: np.array(v) for (kind, n), v in values.items() if kind == "participant"
    }
    maps = {n: np.array(v) for (kind, n), v in values.items() if kind == "map"}
    covariate = next(
        (np.array(v) for (k, _), v in values.items() if k == "covariate"), None
    )
    rng = np.random.default_rng(5)
    for row in table:
        members = [n for n in people if groups[n] in (row["group"], controls)]
        is_patient = np.array([groups[n] == row["group"] for n in members])
        y = np.stack([people[n] for n in members])
        n_controls = np.isfinite(y).sum(axis=0) - is_patient.sum()
        usable = n_controls >= 3
        if settings.get("missing") == "listwise":
            usable &= np.isfinite(y).all(axis=0)
            usable &= np.isfinite(list(maps.values())).all(axis=0)
        if covariate is not None:
            usable &= np.isfinite(covariate)

        def mean_z(
            patients: np.ndarray,
            map_name: str = row["map"],
            y: np.ndarray = y,
            usable: np.ndarray = usable,
        ) -> tuple[float, ...]:
            of_controls = y[~patients]
            z = (y[patients] - np.nanmean(of_controls, axis=0)) / np.nanstd(
                of_controls, axis=0, ddof=1
            )
            rho, n = [], []
            for person in z:
                use = usable & np.isfinite(person) & np.isfinite(maps[map_name])
                ranks = [stats.rankdata(v[use]) for v in (person, maps[map_name])]
                if covariate is not None:
                    design = sm.add_constant(stats.rankdata(covariate[use]))
                    ranks = [sm.OLS(r, design).fit().resid for r in ranks]
                rho.append(stats.pearsonr(*ranks).statistic)
                n.append(use.sum())
            return np.arctanh(rho).mean(), np.mean(rho), min(n), max(n)

        name = f"{row['group']} {row['map']}"
        z, rho, fewest, most = mean_z(is_patient)
        found.add("correlations: mean_fisher_z", number(row["mean_fisher_z"]), z, name)
        found.add("correlations: mean_rho", number(row["mean_rho"]), rho, name)
        found.add("correlations: n_regions", number(row["n_regions"]), fewest, name)
        found.add(
            "correlations: n_regions_most", number(row["n_regions_most"]), most, name
        )
        found.add(
            "correlations: n_participants",
            number(row["n_participants"]),
            is_patient.sum(),
            name,
        )
        b, n = number(row["n_extreme"]), number(row["n_permutations"])
        found.add(
            "correlations: p of its count", number(row["p"]), (b + 1) / (n + 1), name
        )
        if settings.get("scheme", "free") == "free":
            null = [abs(mean_z(rng.permutation(is_patient))[0]) for _ in range(60)]
            p = (1 + np.sum(np.array(null) >= abs(z) - 1e-12)) / 61
            error = np.sqrt(max(p * (1 - p), 0.02) * (1 / 60 + 1 / n))
            found.add("correlations: p", number(row["p"]), p, name, error)
    families = [row["group"] for row in table]
    if settings.get("fdr_family", "pooled") == "pooled":
        families = ["all"] * len(table)
    for family in dict.fromkeys(families):
        rows = [r for r, f in zip(table, families, strict=True) if f == family]
        adjusted = multipletests([number(r["p"]) for r in rows], method="fdr_bh")[1]
        for row, q in zip(rows, adjusted, strict=True):
            found.add("correlations: p_fdr", number(row["p_fdr"]), q, row["map"])


def check_tests(table: Rows, people: Rows, found: Deviations) -> None:
    """Recompute tests.tsv from the rows of the analysed."""
    for row in table:
        groups = row["comparison"].split(" - ")
        name = f"{row['variable']} {row['comparison']}"
        members = [[p for p in people if p["group"] == g] for g in groups]
        if row["p"] == "n/a":
            continue
        if row["variable"] == "age":
            a, b = (
                np.array(
                    [
                        float(p["age"])
                        for p in m
                        if p.get("age", "n/a") not in ("n/a", "")
                    ]
                )
                for m in members
            )
            if row["test"] == "Student t":
                t, p, df = ttest_ind(a, b)
                found.add("tests: t", number(row["statistic"]), t, name)
                found.add("tests: df", number(row["df"]), df, name)
            else:
                u = sum((x > b).sum() + (x == b).sum() / 2 for x in a)
                found.add("tests: U", number(row["statistic"]), u, name)
                p = _mann_whitney(a, b, u, "exact" in row["note"])
            found.add("tests: p (age)", number(row["p"]), p, name)
        else:
            counts = [
                [sum(p.get("sex") == s for p in m) for s in "MF"] for m in members
            ]
            found.add("tests: p (sex)", number(row["p"]), _every_table(counts), name)


def _mann_whitney(a: np.ndarray, b: np.ndarray, u: float, exact: bool) -> float:
    """Return the two-sided p: of every split of the ranks, or the normal approximation."""
    n, m = len(a), len(b)
    if exact:
        counts = _u_counts(n, m)
        most = max(u, n * m - u)
        return float(min(1, 2 * counts[round(most) :].sum() / comb(n + m, n)))
    ranks = stats.rankdata(np.r_[a, b])
    ties = np.unique(ranks, return_counts=True)[1]
    total = n + m
    sd = np.sqrt(
        n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    )
    return float(min(1, 2 * stats.norm.sf((abs(u - n * m / 2) - 0.5) / sd)))


def _u_counts(n: int, m: int) -> np.ndarray:
    """Count the orders of two samples by their U."""
    counts = {(i, 0): np.ones(1) for i in range(n + 1)} | {
        (0, j): np.ones(1) for j in range(m + 1)
    }
    for i, j in product(range(1, n + 1), range(1, m + 1)):
        total = np.zeros(i * j + 1)
        total[j:] += counts[i - 1, j]
        total[: i * (j - 1) + 1] += counts[i, j - 1]
        counts[i, j] = total
    return counts[n, m]


def _every_table(counts: list[list[int]]) -> float:
    """Return the exact p of a table of groups by sex: every table with its margins."""
    sizes, males = [sum(row) for row in counts], sum(row[0] for row in counts)

    def probability(of_each: tuple[int, ...]) -> float:
        chances = np.prod(
            [comb(n, k, exact=False) for n, k in zip(sizes, of_each, strict=True)]
        )
        return float(chances / comb(sum(sizes), males))

    observed = probability(tuple(row[0] for row in counts))
    possible = (
        probability(each)
        for each in product(*(range(n + 1) for n in sizes))
        if sum(each) == males
    )
    return sum(p for p in possible if p <= observed * (1 + 1e-7))


# -- what is checked ---------------------------------------------------------------------------


def check_study(results: Path, table: Path | None, found: Deviations) -> None:
    """Check a finished study."""
    for folder in sorted(
        path.parent for path in (results / "group").glob("*/summary.json")
    ):
        people = [row["participant_id"] for row in read(folder / "design.tsv")]
        check_contrast(folder, maps_of(results, table, people), found)
    rows = read(table or results / "bids/participants.tsv")
    excluded = {row["participant_id"] for row in read(results / "qc/exclusions.tsv")}
    analysed = [
        row
        for row in rows
        if row["participant_id"] not in excluded
        and row.get("retest_of", "n/a") == "n/a"
    ]
    check_tests(read(results / "demographics/tests.tsv"), analysed, found)
    described = read(results / "demographics/descriptives.tsv")
    controls = [r["group"] for r in described]
    groups = {row["participant_id"]: row["group"] for row in analysed}
    correlated = {row["group"] for row in read(results / "receptors/correlations.tsv")}
    control = next((g for g in controls if g not in correlated), "")
    check_correlations(results / "receptors", groups, control, {}, found)


def _script(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def check_random_designs(n: int, found: Deviations) -> None:
    """Analyse small random studies by the workflow's scripts, and check them."""
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
    from group_chain import run_chain

    shape, affine = (12, 13, 11), np.diag([3.0, 3, 3, 1])
    for study in range(n):
        rng = np.random.default_rng(study)
        n_a, n_b = rng.integers(3, 9, 2).tolist()
        variance = ("equal", "unequal", "welch")[study % 3]
        covariates = (
            ["age"] if study % 2 and variance != "welch" and n_a + n_b > 7 else []
        )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rows, paths = [], []
            for k in range(n_a + n_b):
                noise = ndimage.gaussian_filter(rng.standard_normal(shape), 1.2)
                data = 5 + noise / noise.std() * (1 + (k < n_a) * (study % 2))
                data[3:7, 3:7, 3:7] += rng.uniform(2, 5) * (k < n_a)
                paths.append(str(folder / f"sub-{k:02d}.nii.gz"))
                nib.save(nib.Nifti1Image(data.astype(np.float32), affine), paths[-1])
                rows.append(
                    {"participant_id": f"sub-{k:02d}", "group": "AB"[int(k >= n_a)]}
                )
                rows[-1]["age"] = str(rng.integers(20, 80))
                rows[-1]["sex"] = "MF"[int(rng.integers(2))]
            nib.save(
                nib.Nifti1Image(np.ones(shape, np.uint8), affine), folder / "m.nii"
            )
            run_chain(
                _script,
                folder / "A-B",
                paths,
                rows,
                str(folder / "m.nii"),
                variance=variance,
                covariates=covariates,
                height_p=0.01,
                extent_voxels=int(rng.integers(1, 12)),
                permutations=199,
                null_studies=0,
            )
            check_contrast(folder / "A-B", paths, found)
            tests = folder / "tests.tsv"
            _script("demographics")(
                descriptives=str(folder / "d.tsv"),
                tests=str(tests),
                code="",
                rows=rows,
                groups={"A": "a", "B": "b"},
                control_group="B",
            )
            check_tests(read(tests), rows, found)


def check_spm(found: Deviations) -> None:
    """Analyse the maps of the SPM reference by the workflow's scripts, and check them."""
    sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
    from group_chain import run_chain

    folder = ROOT.parent / "shared/reference/spm_ttest/in"
    paths = [str(p) for g in (1, 2) for p in sorted(folder.glob(f"g{g}_*"))]
    rows = [
        {"participant_id": f"sub-{k:02d}", "group": "AB"["g2_" in path]}
        for k, path in enumerate(paths)
    ]
    with tempfile.TemporaryDirectory() as name:
        run_chain(
            _script,
            Path(name) / "spm",
            paths,
            rows,
            str(folder / "mask.nii.gz"),
            extent_voxels=20,
            permutations=0,
            null_studies=0,
        )
        check_contrast(Path(name) / "spm", paths, found)


def main(arguments: list[str]) -> int:
    """Check what is asked for; return 1 if anything is beyond its tolerance."""
    found = Deviations()
    if not arguments:
        check_random_designs(20, found)
    elif arguments == ["spm"]:
        check_spm(found)
    else:
        table = Path(arguments[1]) if len(arguments) > 1 else None
        check_study(Path(arguments[0]), table, found)
    return 0 if found.report() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
