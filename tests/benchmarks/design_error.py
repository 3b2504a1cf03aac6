"""Family-wise error of every kind of contrast by permutation, and coverage of its interval.

500 studies without an effect for each design, on small maps of smooth noise; the share with a
family-wise p of at most .05 anywhere should be 5 %. The interval of each effect size, over 20,000
voxels with a known effect, should hold it in 95 %.

    python tests/benchmarks/design_error.py
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage, stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from rt1t2.contrasts import covariates_of, rows_of
from rt1t2.group.contrast_design import contrast_design
from rt1t2.group.design import Design
from rt1t2.group.evidence import evidence_of
from rt1t2.group.model import fit_groups, sum_groups
from rt1t2.group.permutation import permute

SHAPE = (8, 8, 8)
SIGMA_VOXELS = 1.2
PERMUTATIONS = 19  # p is a multiple of 1/20: .05 exactly
HEIGHT_P = 0.01
GROUPS = ["A", "B", "C"]
SIZES = (9, 12, 8)
DESIGNS = {
    "two groups, age": {"plus": "A", "minus": "B", "covariates": ["age"]},
    "slope in one group": {"slope": "score", "groups": ["B"], "covariates": ["age"]},
    "slope over all groups": {"slope": "score"},
    "difference of slopes": {"slope": "score", "plus": "A", "minus": "B"},
    "two visits": {
        "column": "visit",
        "plus": "2",
        "minus": "1",
        "within": "person",
        "groups": ["B"],
    },
    "two visits, dose": {
        "column": "visit",
        "plus": "2",
        "minus": "1",
        "within": "person",
        "groups": ["B"],
        "covariates": ["dose"],
    },
    "three groups (F)": {"any_of": GROUPS},
    "three groups (F), age": {"any_of": GROUPS, "covariates": ["age"]},
    "three slopes (F)": {"any_of": GROUPS, "slope": "score"},
}


def design_of(contrast: dict, rng: np.random.Generator) -> Design:
    """Return a design of people with random scores, ages and doses."""
    rows = []
    for group, n in zip(GROUPS, SIZES, strict=True):
        for i in range(n):
            own = {"group": group, "person": f"{group}{i}"}
            own |= {
                "score": f"{rng.normal():.5f}",
                "age": f"{rng.normal(60, 9):.3f}",
            }
            rows += [
                own
                | {"participant_id": f"sub-{group}{i}v{visit}", "visit": visit}
                | {"dose": f"{rng.normal():.4f}"}
                for visit in ("1", "2")
            ]
    contrast = {"name": "x", **contrast}
    if "within" not in contrast:
        contrast["only"] = {"visit": "1"}
    chosen = rows_of(contrast, rows, GROUPS)
    return contrast_design(contrast, chosen, covariates_of(contrast, []))


def noise(
    design: Design, rng: np.random.Generator, shape: tuple[int, ...] = SHAPE
) -> np.ndarray:
    """Return smooth maps of each row of the design, shape (n, voxels)."""
    n = len(design.participants)
    white = rng.standard_normal((n, *shape))
    smooth = ndimage.gaussian_filter(white, (0, *[SIGMA_VOXELS] * 3))
    return smooth.reshape(n, -1)


def family_wise_error(contrast: dict, studies: int, seed: int) -> list[float]:
    """Return the shares of studies with p <= .05 by extent and by TFCE, one-sided of t."""
    mask = np.ones(SHAPE, bool)
    found = []
    for study in range(studies):
        rng = np.random.default_rng([seed, study])
        design = design_of(contrast, rng)
        y = noise(design, rng)
        t = fit_groups(
            sum_groups(y, design, y.shape[1], "exclude_voxel"), design, "equal"
        ).t
        permuted = permute(y, design, mask, HEIGHT_P, PERMUTATIONS, study)
        up = t > 0
        found.append(
            [
                p[up].min(initial=1) <= 0.0501
                for p in (permuted.cluster_p, permuted.tfce_p)
            ]
        )
    return np.mean(found, axis=0).tolist()


def coverage(contrast: dict, voxels: int = 20_000) -> float:
    """Return how often the 95 % interval of the effect size holds the true one."""
    rng = np.random.default_rng(7)
    design = design_of(contrast, rng)
    n, size = len(design.participants), 0.5
    x = design.matrix
    covariance = design.weights @ np.linalg.inv(x.T @ x) @ design.weights.T
    if design.statistic == "F":
        tested = np.linspace(1, 0.4, design.rank)
        noncentrality = float(tested @ np.linalg.solve(covariance, tested))
        tested *= np.sqrt(size**2 * n / noncentrality)
        truth = size**2 / (1 + size**2)
    else:
        scale = np.sqrt(covariance[0, 0])
        tested = np.array([size * (np.sqrt(n) * scale if "slope" in contrast else 1)])
        # of fixed values of the column: the correlation at its own scatter
        truth = size / np.sqrt(1 + size**2) if "slope" in contrast else size
    beta = np.linalg.pinv(design.weights) @ tested
    y = (x @ beta)[:, None] + rng.standard_normal((n, voxels))
    fit = fit_groups(sum_groups(y, design, voxels, "exclude_voxel"), design, "equal")
    found = evidence_of(
        fit.t, fit.df, fit.effective_n, 0.5, design.measure, design.rank
    )
    return float(np.mean((found.g_low <= truth) & (truth <= found.g_high)))


def table(names: Sequence[str], studies: int, seed: int) -> None:
    """Print the table of the README."""
    print("| design | extent (%) | TFCE (%) | interval holds the effect (%) |")
    print("|---|---|---|---|")
    for name in names:
        rates = family_wise_error(DESIGNS[name], studies, seed)
        cells = []
        for rate in rates:
            low, high = stats.binomtest(round(rate * studies), studies).proportion_ci()
            cells.append(f"{100 * rate:.1f} ({100 * low:.1f} to {100 * high:.1f})")
        held = 100 * coverage(DESIGNS[name])
        print(f"| {name} | {cells[0]} | {cells[1]} | {held:.1f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20250422)
    parser.add_argument("--designs", nargs="*", default=list(DESIGNS))
    options = parser.parse_args()
    table(options.designs, options.studies, options.seed)
