"""The estimated error rates of the thresholds against the true one: [N studies], 100 by default.

Null studies, 7 against 9, whose maps vary locally, broadly, or over the whole brain as well. The
truth is the share of 20 N studies with a cluster, by the same thresholds; the estimates are means
over N studies, each from its own maps alone. 100 studies take two CPU minutes.
"""

import sys

import numpy as np
from scipy import ndimage, stats

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/scripts")

from rt1t2.group.design import two_sample_design
from rt1t2.group.error_rate import _largest, residual_error_rate, simulate_error_rate
from rt1t2.group.model import fit_groups, standardised_residual, sum_groups
from rt1t2.group.smoothness import estimate_smoothness

SHAPE, N_A, N_B = (16, 18, 14), 7, 9
MASK = np.ones(SHAPE, bool)
HEIGHT_P, EXTENT = 0.005, 20
DESIGN = two_sample_design(
    {"name": "A-B", "plus": "A", "minus": "B"},
    [
        {"participant_id": f"sub-{i}", "group": "A" if i < N_A else "B"}
        for i in range(N_A + N_B)
    ],
    [],
)


def smooth(rng: np.random.Generator, sigma: float) -> np.ndarray:
    """Return one field per participant, SD 1."""
    pad = int(3 * sigma)
    shape = tuple(n + 2 * pad for n in SHAPE)
    y = ndimage.gaussian_filter(
        rng.standard_normal((N_A + N_B, *shape)), (0, sigma, sigma, sigma)
    )
    y = y[:, pad:-pad, pad:-pad, pad:-pad].reshape(N_A + N_B, -1)
    return y / y.std()


KINDS = {
    "local": lambda rng: smooth(rng, 1.3),
    "broad": lambda rng: smooth(rng, 1.3) + 1.5 * smooth(rng, 5.0),
    "global": lambda rng: smooth(rng, 1.3) + 3 * rng.standard_normal((N_A + N_B, 1)),
    "global, one group three times as variable": lambda rng: (
        (smooth(rng, 1.3) + 3 * rng.standard_normal((N_A + N_B, 1)))
        * np.where(DESIGN.group == 0, 3.0, 1.0)[:, None]
    ),
}


def analysed(y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return t, the groups' variances and the smoothness in voxels."""
    fit = fit_groups(
        sum_groups(y, DESIGN, y.shape[1], "exclude_voxel"), DESIGN, "unequal"
    )
    residuals = (standardised_residual(y[i], i, DESIGN, fit) for i in range(len(y)))
    n = np.full(y.shape[1], len(y))
    return (
        fit.t,
        fit.variances,
        estimate_smoothness(residuals, MASK, n, n - 2).fwhm_voxels,
    )


def main(n_studies: int) -> None:
    """Simulate, and print the rates."""
    height = stats.t.isf(HEIGHT_P, DESIGN.df)
    for kind, draw in KINDS.items():
        rng = np.random.default_rng(20250422)
        true, residual, stationary = [], [], []
        for study in range(20 * n_studies):
            y = 100 + draw(rng)
            if study < n_studies:
                t, variances, fwhm = analysed(y)
                found = residual_error_rate(
                    y, DESIGN, variances, MASK, HEIGHT_P, EXTENT, 50, study
                )
                residual.append(found.rate)
                if study < n_studies / 5:
                    noise = simulate_error_rate(
                        MASK, fwhm, DESIGN.df, HEIGHT_P, EXTENT, 20, study
                    )
                    stationary.append(noise.rate)
            else:
                fit = fit_groups(
                    sum_groups(y, DESIGN, y.shape[1], "exclude_voxel"),
                    DESIGN,
                    "unequal",
                )
                t = fit.t
            volume = t.reshape(SHAPE)
            true.append(
                np.mean([_largest(s * volume > height) >= EXTENT for s in (1, -1)])
            )
        error = 100 * np.hypot(
            np.std(true) / np.sqrt(len(true)), np.std(residual) / np.sqrt(len(residual))
        )
        sys.stdout.write(
            f"{kind}: true {100 * np.mean(true):.1f} %, from residuals "
            f"{100 * np.mean(residual):.1f} % (standard error of the difference {error:.1f} "
            f"points), stationary {100 * np.mean(stationary):.1f} %\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
