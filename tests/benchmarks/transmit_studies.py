"""False clusters where groups differ in the transmit field and head size: transmit_studies.py [N].

Each study compares 18 with 11 simulated people who do not differ in any tissue. In the second
group the transmit field is 3 % lower and heads are 3 % larger, so that its dome is deeper. Every
voxel has the T1w and T2w signal of its tissues (own T1, T2 and proton density in each person and
tissue) at its own transmit field; the scanner's gain is kept, the best case of no calibration. A
quadratic field is fitted to both log images and removed, as bias correction would; the levels of
CSF, fat and muscle are measured with an error of 2 % and of 1 % of white matter. Then come the
project's own calibration, ratio, smoothing, t-test and permutation p of the largest cluster, at
8 mm; with and without the gauge of the field and head size as covariates. 200 studies take about
25 minutes of one core. --alike: without the two differences.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy import ndimage, stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from rt1t2.group.design import two_sample_design
from rt1t2.group.permutation import permute
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.scale import transmit_gauge
from rt1t2.simulate.transmit_field import RANGE, Transmit, transmit_field
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.signals import tissue_signals
from rt1t2.tissue.anchor_weights import sensitivities
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.levels_reference import build_reference

VOXEL_MM, FWHM_MM = 8.0, 10.0
N_A, N_B = 18, 11
LOWER_B, LARGER_HEAD = 0.03, 0.03
SPREAD = (0.03, 0.035, 0.02)
PERMUTATIONS, HEIGHT_P = 199, 0.001
GAUGED = ["b1_gauge", "intracranial_volume_ml"]
# Calibration and covariates of every analysis
ANALYSES: dict[str, tuple[str, list[str]]] = {
    "weighted": ("weighted", []),
    "weighted, gauge and head size": ("weighted", GAUGED),
    "affine": ("affine", []),
    "none": ("none", []),
    "none, head size": ("none", GAUGED[1:]),
}
MPRAGE = {"T1w": {"RepetitionTime": 2.3, "InversionTime": 0.9, "FlipAngle": 9}}
ANCHORS = ("csf", "fat", "muscle")
FITTED = ("csf", "gm", "wm", "fat", "muscle")
PROBABILITIES = (0.25, 0.5, 0.75)


class Simulation:
    """Signals of every tissue at every transmit field, and where each tissue is pure."""

    def __init__(self, head: Head) -> None:
        self.head = head
        at = [tissue_signals(b1=float(b)) for b in RANGE]
        self.curves = {
            name: np.log(np.maximum([s[name] for s in at], 1e-12))
            for name in head.fractions
        }
        sequences = sequences_of(MPRAGE)
        self.by_tissue = {
            name: sensitivities(name, sequences)[:, 1:]
            for name in head.fractions
            if name != "air"
        }
        self.pure = {name: head.fractions[name] > 0.9 for name in FITTED}
        grid = np.meshgrid(
            *(np.linspace(-1, 1, n) for n in head.grid.shape), indexing="ij"
        )
        terms = [np.ones_like(grid[0]), *grid, *(a * b for a in grid for b in grid)]
        self.terms = np.stack([t.ravel() for t in terms], axis=1)

    def scan(
        self, rng: np.random.Generator, transmit: Transmit, size: float
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Return both images (2, x, y, z), bias removed, and the levels of the anchors."""
        scale = np.exp(rng.normal(transmit.ln_scale_mean, transmit.ln_scale_sd))
        field = transmit_field(self.head.grid, transmit, float(scale), size)
        images = np.zeros((2, *field.shape))
        for name, share in self.head.fractions.items():
            if name == "air":
                continue
            own, some = self.by_tissue[name] @ rng.normal(0, SPREAD), share > 0
            for i in (0, 1):
                log = np.interp(field[some], RANGE, self.curves[name][:, i])
                images[i][some] += share[some] * np.exp(log + own[i])
        images *= np.exp(rng.normal(0, 0.03, images.shape))
        levels = {name: {"n_voxels": 100} for name in ANCHORS}
        for i, image in enumerate(("t1w", "t2w")):
            self._flatten(images[i])
            white = np.median(images[i][self.pure["wm"]])
            for name in ANCHORS:
                level = float(np.median(images[i][self.pure[name]]))
                error = np.hypot(0.02, 0.01 * white / level)
                level *= float(np.exp(rng.normal(0, error)))
                levels[name] |= {image: level, f"{image}_quantiles": [level] * 3}
        return images, levels

    def _flatten(self, image: np.ndarray) -> None:
        """Remove a quadratic field from a log image, told by all pure voxels; in place."""
        logs = np.log(np.maximum(image, 1e-9))
        where = np.zeros_like(logs, bool)
        residual = np.zeros_like(logs)
        for pure in self.pure.values():
            residual[pure] = logs[pure] - np.median(logs[pure])
            where |= pure
        inside = self.terms[where.ravel()]
        fit = np.linalg.lstsq(inside, residual[where], rcond=None)[0]
        image /= np.exp(self.terms[:, 1:] @ fit[1:]).reshape(image.shape)


def study(
    simulation: Simulation, rng: np.random.Generator, lower_b: float, larger: float
) -> dict[str, list[bool]]:
    """Return for every analysis whether either direction has a false cluster."""
    head = simulation.head
    people = []
    for person in range(N_A + N_B):
        second = person >= N_A
        size = float(np.exp(rng.normal(larger * second, 0.035 / np.sqrt(3))))
        field = Transmit(ln_scale_mean=-lower_b * second)
        images, levels = simulation.scan(rng, field, size)
        record = {
            "participant_id": f"sub-{person}",
            "Classes": levels,
            "DarkFat": [],
            "Probabilities": PROBABILITIES,
            "Acquisition": MPRAGE,
        }
        people.append((images, record, 1500 * size**3))
    reference = build_reference([record for _, record, _ in people[:N_A]])
    mask = head.brain & (head.fractions["csf"] < 0.5)
    sigma = FWHM_MM / VOXEL_MM / np.sqrt(8 * np.log(2))
    weight = ndimage.gaussian_filter(mask.astype(float), sigma)
    rows = [
        {
            "participant_id": f"sub-{i}",
            "group": "A" if i < N_A else "B",
            "b1_gauge": str(transmit_gauge(record, reference)),
            "intracranial_volume_ml": str(volume_ml),
        }
        for i, (_, record, volume_ml) in enumerate(people)
    ]
    contrast = {"name": "A-B", "plus": "A", "minus": "B"}
    found = {}
    for analysis, (method, covariates) in ANALYSES.items():
        design = two_sample_design(contrast, rows, covariates)
        y = []
        for images, record, _ in people:
            highest = {"t1w": images[0].max(), "t2w": images[1].max()}
            curves = calibrate(method, record, reference, highest).curves
            ratio = curves["t1w"](images[0]) / np.maximum(
                curves["t2w"](images[1]), 1e-9
            )
            ratio = ndimage.gaussian_filter(np.where(mask, ratio, 0), sigma)
            y.append((ratio / np.maximum(weight, 1e-9))[mask])
        y = np.array(y)
        p = permute(y, design, mask, HEIGHT_P, PERMUTATIONS, int(rng.integers(1 << 31)))
        a, b = np.linalg.lstsq(design.matrix, y, rcond=None)[0][
            :2
        ]  # the groups, adjusted
        found[analysis] = [
            bool((p.cluster_p[side] <= 0.05).any()) for side in (a > b, a < b)
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("studies", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--alike", action="store_true", help="groups with one field and size"
    )
    chosen = parser.parse_args()
    difference = (0.0, 0.0) if chosen.alike else (LOWER_B, LARGER_HEAD)
    simulation = Simulation(build_head(VOXEL_MM))
    rng = np.random.default_rng(chosen.seed)
    found = [study(simulation, rng, *difference) for _ in range(chosen.studies)]
    for method in ANALYSES:
        hits = np.array([one[method] for one in found])
        for name, side in (("second group lower", 0), ("second group higher", 1)):
            n = int(hits[:, side].sum())
            low, high = stats.binomtest(n, len(hits)).proportion_ci()
            share = f"{n / len(hits):.3f} ({low:.3f} to {high:.3f})"
            sys.stdout.write(f"{method:32}{name:20}{share}\n")


if __name__ == "__main__":
    main()
