"""Family-wise error and power of the permutation p, and random fields: [N studies].

Null studies of smooth noise, 8 against 8, 14 x 14 x 14 voxels; studies with a planted
difference, whose clusters are ranked by both kinds of p; and power of cluster extent and TFCE for
an effect that is broad and weak, and one that is narrow and strong, drawn beside this file.
500 studies take twelve CPU minutes.
"""

import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage, stats

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/scripts")

from rt1t2.group.cluster_evidence import smallest_p
from rt1t2.group.clusters import find_clusters
from rt1t2.group.design import two_sample_design
from rt1t2.group.model import fit_groups, standardised_residual, sum_groups
from rt1t2.group.permutation import permute
from rt1t2.group.random_fields import TField
from rt1t2.group.smoothness import estimate_smoothness, resel_counts

SHAPE, N_A, N_B, SIGMA_VOXELS = (14, 14, 14), 8, 8, 1.3
MASK = np.zeros(SHAPE, bool)
MASK[1:-1, 1:-1, 1:-1] = True
HEIGHT_P = 0.01
DEFAULT_HEIGHT_P = 0.001  # of the config, for power
# (b + 1) / (n + 1) can be exactly 0.05
PERMUTATIONS_NULL, PERMUTATIONS_ORDER = 39, 99
GROUPS = ["A"] * N_A + ["B"] * N_B
DESIGN = two_sample_design(
    {"name": "A-B", "plus": "A", "minus": "B"},
    [{"participant_id": f"sub-{i}", "group": g} for i, g in enumerate(GROUPS)],
    [],
)
PADDED = tuple(n + 8 for n in SHAPE)


def maps(rng: np.random.Generator, effect: float = 0.0) -> np.ndarray:
    """Return smooth noise of unit variance, with a ball of a difference."""
    noise = rng.standard_normal((N_A + N_B, *PADDED))
    noise = ndimage.gaussian_filter(noise, (0, *[SIGMA_VOXELS] * 3))[
        :, 4:-4, 4:-4, 4:-4
    ]
    ball = np.linalg.norm(np.indices(SHAPE).T - 7, axis=-1).T < 3
    y = noise / noise.std() + effect * ball * (DESIGN.group == 0)[:, None, None, None]
    return y[:, MASK]


BALL_MM = np.linalg.norm(np.indices(SHAPE).T - 6.5, axis=-1).T
# radius in voxels, and the effects in SD of one voxel
EFFECTS = {
    "broad and weak": (5.5, (0.0, 0.4, 0.8, 1.2, 1.6)),
    "narrow and strong": (1.2, (0.0, 1.5, 3.0, 4.5, 6.0)),
}


def power(n_studies: int) -> dict[str, dict[str, list[float]]]:
    """Return the share of studies whose effect is found, by kind of effect and of p."""
    found: dict[str, dict[str, list[float]]] = {}
    for kind, (radius, sizes) in EFFECTS.items():
        where = (BALL_MM <= radius)[MASK]
        shares: dict[str, list[float]] = {"extent": [], "TFCE": []}
        for size in sizes:
            rng = np.random.default_rng(1)
            hits = np.zeros((n_studies, 2), bool)
            for study in range(n_studies):
                y = maps(rng) + size * where * (DESIGN.group == 0)[:, None]
                p = permute(y, DESIGN, MASK, DEFAULT_HEIGHT_P, PERMUTATIONS_NULL, study)
                hits[study] = [
                    values[where].min() <= 0.05 + 1e-9
                    for values in (p.cluster_p, p.tfce_p)
                ]
            for name, share in zip(shares, hits.mean(axis=0), strict=True):
                shares[name].append(float(share))
        found[kind] = shares
    return found


def draw(found: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw power against the size of the effect."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    for axes, (kind, shares) in zip(figure.subplots(1, 2), found.items(), strict=True):
        for name, values in shares.items():
            axes.plot(EFFECTS[kind][1], values, "o-", label=name)
        axes.set_title(f"{kind}: radius {EFFECTS[kind][0]:g} voxels", fontsize=9)
        axes.set_xlabel("effect (SD of a voxel)")
        axes.set_ylim(-0.03, 1.03)
        axes.legend()
    figure.savefig(path, dpi=90, metadata={"Software": None})


def random_field(y: np.ndarray) -> tuple[np.ndarray, TField]:
    """Return the t map and what random field theory needs to know of it."""
    fit = fit_groups(
        sum_groups(y, DESIGN, y.shape[1], "exclude_voxel"), DESIGN, "equal"
    )
    residuals = (standardised_residual(y[i], i, DESIGN, fit) for i in range(len(y)))
    n = np.full(y.shape[1], len(y))
    fwhm = estimate_smoothness(residuals, MASK, n, n - 2).fwhm_voxels
    t = np.full(SHAPE, np.nan)
    t[MASK] = fit.t
    return t, TField(DESIGN.df, resel_counts(MASK, fwhm), fwhm, int(MASK.sum()))


def main(n_studies: int) -> None:
    """Simulate, and print rates and the rank correlation."""
    started = time.process_time()
    rng = np.random.default_rng(20250422)
    errors = np.zeros((n_studies, 2, 2), bool)
    field_errors = np.zeros((n_studies, 2), bool)
    for study in range(n_studies):
        y = maps(rng)
        found = permute(y, DESIGN, MASK, HEIGHT_P, PERMUTATIONS_NULL, study)
        t, field = random_field(y)
        height = field.height(HEIGHT_P)
        for side, sign in enumerate((1, -1)):
            here = sign * t[MASK] > 0
            for kind, p in enumerate((found.cluster_p, found.tfce_p)):
                errors[study, side, kind] = p[here].min() <= 0.05 + 1e-9
            sizes = find_clusters(sign * t, height).sizes
            if len(sizes):
                p_field = field.cluster_p_fwe(sizes.max(), height)
                field_errors[study, side] = p_field <= 0.05
    for name, found in (
        ("extent, permutation", errors[..., 0]),
        ("TFCE, permutation", errors[..., 1]),
        ("extent, random fields", field_errors),
    ):
        low, high = stats.binomtest(int(found.sum()), found.size).proportion_ci()
        sys.stdout.write(
            f"{name}: family-wise error {found.mean():.3f} ({low:.3f} to {high:.3f}) at 0.05, "
            f"{n_studies} null studies, both directions\n"
        )
    by_permutation, by_field = [], []
    for study in range(20):
        y = maps(rng, effect=rng.uniform(0, 2))
        t, field = random_field(y)
        height = field.height(HEIGHT_P)
        clusters = find_clusters(t, height)
        found = permute(y, DESIGN, MASK, HEIGHT_P, PERMUTATIONS_ORDER, study)
        p = np.full(SHAPE, np.nan)
        p[MASK] = found.cluster_p
        by_permutation += smallest_p(
            clusters.labels, p, 1, len(clusters.sizes)
        ).tolist()
        by_field += field.cluster_p_fwe(clusters.sizes, height).tolist()
    order = stats.spearmanr(by_permutation, by_field).statistic
    sys.stdout.write(
        f"{len(by_field)} clusters: Spearman correlation of permutation and random-field p "
        f"{order:.3f}; {time.process_time() - started:.0f} CPU s\n"
    )
    found_share = power(n_studies // 4)
    for kind, shares in found_share.items():
        for name, values in shares.items():
            listed = ", ".join(
                f"{value:.2f} at {size:g}"
                for value, size in zip(values, EFFECTS[kind][1], strict=True)
            )
            sys.stdout.write(f"power, {kind}, {name}: {listed} SD\n")
    draw(found_share, Path(__file__).with_name("permutation_power.png"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
