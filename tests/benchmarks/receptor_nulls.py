"""How often the receptor correlations call nothing something: python receptor_nulls.py [N].

N data sets (2,000 unless said otherwise) of 11 patients and 18 controls drawn from one
law: 119 regions, autocorrelated over 40 mm, every participant with a level of their own;
17 maps of the same smoothness, a covariate. Prints the share of p values at or below a
limit and draws it (receptor_nulls.png). --spatial: the spatial null alone, with and without
the covariate, on maps of five laws of smoothness; no figure. 6 minutes on one core, 10 with
--spatial.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import numpy as np

from rt1t2.palette import GROUP_COLOURS, GROUP_MARKERS
from rt1t2.paper.figure_style import MUTED, new_figure, save_figure
from rt1t2.receptors.correlation import correlate_group, spearman, z_scores
from rt1t2.receptors.relabelling import allocate
from rt1t2.receptors.spatial_nulls import spatial_null

N_PATIENTS, N_CONTROLS, N_REGIONS, N_MAPS = 11, 18, 119, 17
N_PERMUTATIONS = 999
SMOOTHNESS_MM, ROUGH_SHARE, LEVEL_SD = 40.0, 0.3, 0.4
LIMITS = (0.001, 0.005, 0.01, 0.05, 0.1)
# Share of variance that regions have alone, and how the rest falls off with distance
LAWS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "exponential 15 mm": (0.1, lambda mm: np.exp(-mm / 15)),
    "exponential 40 mm": (0.3, lambda mm: np.exp(-mm / SMOOTHNESS_MM)),
    "exponential 80 mm": (0.1, lambda mm: np.exp(-mm / 80)),
    "Gaussian 30 mm": (0.2, lambda mm: np.exp(-((mm / 30) ** 2))),
    "Cauchy 25 mm": (0.1, lambda mm: 1 / (1 + (mm / 25) ** 2)),
}
USUAL = "exponential 40 mm"
FIGURE = Path(__file__).with_suffix(".png")


def main() -> None:
    """Simulate, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_sets", nargs="?", type=int, default=2000)
    parser.add_argument("--spatial", action="store_true")
    chosen = parser.parse_args()
    if chosen.spatial:
        for law in LAWS:
            _print_rates(law, chosen.data_sets, by_relabelling=False)
    else:
        _draw(_print_rates(USUAL, chosen.data_sets, by_relabelling=True))


def _print_rates(
    law: str, n_data_sets: int, by_relabelling: bool
) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20250422)
    centroids = _ball(rng)
    distance = np.linalg.norm(centroids[:, None] - centroids[None], axis=-1)
    rough, smooth = LAWS[law]
    covariance = (1 - rough) * smooth(distance) + rough * np.eye(N_REGIONS)
    root = np.linalg.cholesky(covariance).T
    people = N_PATIENTS + N_CONTROLS
    is_patient = np.arange(people) < N_PATIENTS
    found: dict[str, list[np.ndarray]] = {}
    start = time.process_time()
    for _ in range(n_data_sets):
        values = rng.normal(size=(people, N_REGIONS)) @ root
        values += LEVEL_SD * rng.normal(size=(people, 1))
        maps = rng.normal(size=(N_MAPS, N_REGIONS)) @ root
        gm = rng.normal(size=N_REGIONS) @ root
        for scheme in ("free", "balanced") if by_relabelling else ():
            tested = correlate_group(
                values,
                is_patient,
                maps,
                gm,
                allocate(is_patient, N_PERMUTATIONS, scheme, rng),
                range(people),
                range(N_MAPS),
            )
            found.setdefault(scheme, []).append(tested.p)
        z = z_scores(values, is_patient)
        for name, covariate in (("spatial", None), ("spatial, GM", gm)):
            null = spatial_null(
                z, maps[0], covariate, centroids, N_PERMUTATIONS, rng, "map"
            )
            seen = np.arctanh(spearman(z, maps[:1], covariate)).mean()
            p = (1 + (np.abs(null) >= abs(seen)).sum()) / (N_PERMUTATIONS + 1)
            found.setdefault(name, []).append(np.array([p]))
    rates = {name: _rates(np.array(p)) for name, p in found.items()}
    cpu_s = time.process_time() - start
    sys.stdout.write(f"{law}\n{_report(rates, n_data_sets, cpu_s)}")
    sys.stdout.flush()
    return rates


def _ball(rng: np.random.Generator) -> np.ndarray:
    directions = rng.normal(size=(N_REGIONS, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return 70 * rng.random((N_REGIONS, 1)) ** (1 / 3) * directions


def _rates(p: np.ndarray) -> np.ndarray:
    """Return (limits, 2): the share of p at or below a limit, and its standard error."""
    # 1e-9: 50 / 1000 is at the limit 0.05; data sets are independent, their maps are not
    share = np.array([(p <= limit + 1e-9).mean(axis=1) for limit in LIMITS])
    error = share.std(axis=1, ddof=1) / np.sqrt(share.shape[1])
    return np.column_stack([share.mean(axis=1), error])


def _report(rates: dict[str, np.ndarray], n: int, cpu_s: float) -> str:
    lines = [
        f"{N_PATIENTS} v {N_CONTROLS}, {N_REGIONS} regions, {N_MAPS} maps, "
        f"{N_PERMUTATIONS} permutations, {n} data sets: {cpu_s:.0f} CPU s",
        "P(p <= limit) " + "".join(f"{limit:>17g}" for limit in LIMITS),
    ]
    for name, rows in rates.items():
        cells = "".join(f"{share:>9.4f} ± {error:.4f}" for share, error in rows)
        lines.append(f"{name:<14}{cells}")
    return "\n".join(lines) + "\n"


def _draw(rates: dict[str, np.ndarray]) -> None:
    figure = new_figure(107, 91, "constrained")
    axes = figure.add_subplot()
    axes.axhline(1, color=MUTED, linewidth=0.8)
    for k, (name, rows) in enumerate(rates.items()):
        axes.errorbar(
            LIMITS,
            rows[:, 0] / LIMITS,
            1.96 * rows[:, 1] / LIMITS,
            color=GROUP_COLOURS[k],
            marker=GROUP_MARKERS[k],
            label=name.replace("spatial", "spatial null")
            if name.startswith("spatial")
            else f"{name} permutations",
        )
    axes.set_xscale("log")
    axes.set_xticks(LIMITS, [f"{limit:g}" for limit in LIMITS])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("limit on p")
    axes.set_ylabel("false positives / expected")
    axes.legend()
    save_figure(figure, FIGURE)


if __name__ == "__main__":
    main()
