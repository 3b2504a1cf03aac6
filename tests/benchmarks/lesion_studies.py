"""Do excluded lesions look like an effect? python lesion_studies.py [N studies, 50].

Studies without any effect, 11 patients against 18 controls on a 3 mm grid; some patients have a
lesion beside the thalamus that is left out (NaN) before smoothing. How many show a cluster of
lower ratio in patients (p < 0.001, at least 750 mm3), by the ways the config offers: what SPM
does with zeros (config/paper.yaml), the default, and the default with a voxel-wise n. Behind it
the share of studies whose cluster touches somebody's lesion. Studies without lesions say what is
chance anywhere. About 5 seconds a study.
"""

import sys
import time
from dataclasses import dataclass
from math import ceil

import numpy as np
from nilearn import datasets
from scipy import ndimage, stats

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/scripts")

from rt1t2.geometry.transforms import apply
from rt1t2.group.clusters import find_clusters
from rt1t2.group.design import Design, two_sample_design
from rt1t2.group.mask import analysed_voxels, count_defined
from rt1t2.group.model import fit_groups, sum_groups
from rt1t2.ratio.smoothing import smooth_normalised, smooth_zero_fill

SEED = 20250422
VOXEL_MM, FWHM_MM = 3, 10.0
HEIGHT_P, EXTENT_MM3 = 0.001, 750
N_PATIENTS, N_CONTROLS = 11, 18
LEVEL_SD = 0.05  # of a person's ratio as a whole
NOISE_SD, NOISE_SIGMA_VOXELS = 0.1 * 0.9 * np.sqrt(30), 2.0  # white, before smoothing
LESION_MM, LESION_SD_MM = (13.0, -19.0, 8.0), (2.5, 3.0, 3.0)
WAYS = {  # smoothing.edges, statistics.missing
    "zero_fill": ("zero_fill", "exclude_voxel"),
    "normalised": ("normalised", "exclude_voxel"),
    "pairwise": ("normalised", "pairwise"),
}


@dataclass(frozen=True)
class Scenario:
    """How many patients have a lesion, its radius, and how many of those lie on the left."""

    name: str
    n_lesions: int
    radius_mm: float
    left: float


SCENARIOS = (
    Scenario("no lesions", 0, 0.0, 0.0),
    Scenario("6 of 11, 9 mm, both sides", 6, 9.0, 0.6),
    Scenario("8 of 11, 6 mm, both sides", 8, 6.0, 0.6),
    Scenario("6 of 11, 7 mm, all left", 6, 7.0, 1.0),
)


@dataclass(frozen=True)
class Brain:
    """A ratio map of the template: mask, ratio (0 outside) and voxel positions in mm."""

    mask: np.ndarray
    ratio: np.ndarray
    points_mm: np.ndarray


def template_brain() -> Brain:
    image = datasets.load_mni152_brain_mask(resolution=VOXEL_MM)
    mask = image.get_fdata() > 0.5
    gm, wm = (
        load(resolution=VOXEL_MM).get_fdata()
        for load in (datasets.load_mni152_gm_template, datasets.load_mni152_wm_template)
    )
    ratio = (gm + 1.9 * wm) / np.maximum(gm + wm, 0.3) * mask
    points = apply(image.affine, np.argwhere(np.ones(mask.shape, bool)).astype(float))
    return Brain(mask, ratio, points.reshape(*mask.shape, 3))


def lesion(brain: Brain, scenario: Scenario, rng: np.random.Generator) -> np.ndarray:
    side = -1 if rng.random() < scenario.left else 1
    centre = np.array(LESION_MM) * (side, 1, 1) + rng.normal(0, LESION_SD_MM)
    radius = scenario.radius_mm * np.exp(rng.normal(0, 0.2))
    return (np.linalg.norm(brain.points_mm - centre, axis=-1) < radius) & brain.mask


def people(
    brain: Brain, scenario: Scenario, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return everybody's ratio map before smoothing, patients first, lesions NaN."""
    maps = []
    for person in range(N_PATIENTS + N_CONTROLS):
        white = rng.standard_normal(brain.mask.shape)
        local = NOISE_SD * ndimage.gaussian_filter(white, NOISE_SIGMA_VOXELS)
        ratio = brain.ratio * (1 + rng.normal(0, LEVEL_SD)) + local
        if person < scenario.n_lesions:
            ratio[lesion(brain, scenario, rng)] = np.nan
        maps.append(np.where(brain.mask, ratio, np.nan))
    return maps


def false_clusters(
    maps: list[np.ndarray], brain: Brain, design: Design, edges: str, missing: str
) -> np.ndarray:
    """Smooth, test controls > patients as the rules do; mark the clusters large enough."""
    size_mm = np.full(3, float(VOXEL_MM))
    smoothed = [
        smooth_zero_fill(image, FWHM_MM, size_mm)
        if edges == "zero_fill"
        else smooth_normalised(image, brain.mask, FWHM_MM, size_mm)
        for image in maps
    ]
    smoothed = smoothed[N_PATIENTS:] + smoothed[:N_PATIENTS]
    groups = ["HC"] * N_CONTROLS + ["PSP"] * N_PATIENTS
    inside = [image[brain.mask] for image in smoothed]
    coverage = count_defined(iter(inside), groups, int(brain.mask.sum()))
    analysed = analysed_voxels(coverage, missing)
    n_voxels = int(analysed.sum())
    sums = sum_groups((y[analysed] for y in inside), design, n_voxels, missing)
    fit = fit_groups(sums, design, "unequal")
    t = np.full(brain.mask.shape, np.nan)
    where = np.flatnonzero(brain.mask)[analysed]
    t.ravel()[where] = fit.t
    height = stats.t.isf(HEIGHT_P, design.df)
    found = find_clusters(t, height)
    extent_voxels = ceil(EXTENT_MM3 / VOXEL_MM**3)
    return np.isin(found.labels, found.large(extent_voxels))


def main(n_studies: int) -> None:
    started = time.process_time()
    brain = template_brain()
    groups = ["HC"] * N_CONTROLS + ["PSP"] * N_PATIENTS
    rows = [{"participant_id": f"sub-{i}", "group": g} for i, g in enumerate(groups)]
    contrast = {"name": "HC-PSP", "plus": "HC", "minus": "PSP"}
    design = two_sample_design(contrast, rows, [])
    sys.stdout.write(
        f"{'clusters (at lesions)':28}" + "".join(f"{w:>16}" for w in WAYS)
    )
    sys.stdout.write("\n")
    for number, scenario in enumerate(SCENARIOS):
        found = {way: np.zeros(2) for way in WAYS}
        for study in range(n_studies):
            rng = np.random.default_rng((SEED, number, study))
            maps = people(brain, scenario, rng)
            lesions = brain.mask & np.any(np.isnan(maps), axis=0)
            for way, options in WAYS.items():
                clusters = false_clusters(maps, brain, design, *options)
                found[way] += clusters.any(), (clusters & lesions).any()
        shares = "".join(
            f"{f'{anywhere:.0%} ({touching:.0%})':>16}"
            for anywhere, touching in (counts / n_studies for counts in found.values())
        )
        sys.stdout.write(f"{scenario.name:28}{shares}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{time.process_time() - started:.0f} CPU s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
