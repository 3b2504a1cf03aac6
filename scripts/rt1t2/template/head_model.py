"""A whole head in template space: the ICBM brain in a modelled skull and scalp."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2.template.ellipsoids import Grid, soft_inside
from rt1t2.template.head_surroundings import surroundings

CLASSES = (
    "air",
    "csf",
    "gm",
    "wm",
    "thalamus",
    "striatum",
    "pallidum",
    "stem",
    "bone",
    "marrow",
    "muscle",
    "temporalis",
    "fat",
    "skin",
    "vitreous",
    "lens",
)


@dataclass(frozen=True)
class Head:
    """What every voxel of a head is made of.

    Attributes
    ----------
    fractions
        Share of each of :data:`CLASSES` in every voxel, float32; they sum to 1.
    brain
        The template's brain mask.
    voxel_mm
        Edge of the isotropic voxels.
    """

    fractions: dict[str, np.ndarray]
    brain: np.ndarray
    voxel_mm: float

    @property
    def grid(self) -> Grid:
        """The grid, with coordinates in template space."""
        return Grid(self.voxel_mm)

    @property
    def affine(self) -> np.ndarray:
        """Voxel to template-space RAS mm."""
        return self.grid.affine


def build_head(voxel_mm: float, seed: int = 0) -> Head:
    """Build the head on a grid of ``voxel_mm``; ``seed`` varies skull, scalp and face.

    Brain: grey and white matter of the ICBM 2009a average with its blur sharpened away,
    deep nuclei as ellipsoids, brainstem and cord. Around it skull with diploe, scalp,
    temporalis, face, eyes, sinuses and spine. No vessels, dura or ears.
    """
    grid = Grid(voxel_mm)
    rng = np.random.default_rng(seed)
    gm, wm, brain, t1 = _icbm_average(grid)
    parts = _sharpened_brain(gm, wm, brain, t1)
    _insert_deep_nuclei(parts, grid, brain)
    _insert_brainstem(parts, grid, brain)
    outside = surroundings(grid, brain, rng)
    fractions = {name: parts.get(name, 0) + outside.where(name) for name in CLASSES[1:]}
    blur = 0.55 / voxel_mm
    for name, share in fractions.items():
        fractions[name] = ndimage.gaussian_filter(share.astype(np.float32), blur)
    total = np.maximum(sum(fractions.values()), 1)
    fractions = {name: share / total for name, share in fractions.items()}
    fractions["air"] = np.maximum(1 - sum(fractions.values()), 0)
    return Head({name: fractions[name] for name in CLASSES}, brain, voxel_mm)


def _icbm_average(grid: Grid) -> tuple[np.ndarray, ...]:
    """Return GM, WM, brain mask and T1w of the template that comes with nilearn."""
    from nilearn import datasets  # costs seconds to import, and only this needs it

    def on_grid(image: Any) -> np.ndarray:
        to_voxel = np.linalg.inv(image.affine) @ grid.affine
        resampled: np.ndarray = ndimage.affine_transform(
            np.asarray(image.dataobj, dtype=np.float32),
            to_voxel[:3, :3],
            to_voxel[:3, 3],
            grid.shape,
            order=1,
        )
        return resampled

    return (
        on_grid(datasets.load_mni152_gm_template(1)),
        on_grid(datasets.load_mni152_wm_template(1)),
        on_grid(datasets.load_mni152_brain_mask(1)) > 0.5,
        on_grid(datasets.load_mni152_template(1)),
    )


def _sharpened_brain(
    gm: np.ndarray, wm: np.ndarray, brain: np.ndarray, t1: np.ndarray
) -> dict[str, np.ndarray]:
    # the average blurs sulci into dark T1w: take the CSF from there
    csf = np.clip(1 - gm - wm, 0, 1) + 0.9 * np.clip((0.62 - t1) / 0.25, 0, 1) * brain
    shares = np.stack([gm, wm, csf]).clip(1e-3) ** 2.2
    shares = (shares / shares.sum(axis=0) * brain).astype(np.float32)
    return dict(zip(("gm", "wm", "csf"), shares, strict=True))


def _insert_deep_nuclei(
    parts: dict[str, np.ndarray], grid: Grid, brain: np.ndarray
) -> None:
    nuclei: dict[str, float | np.ndarray] = {
        "pallidum": 0.0,
        "striatum": 0.0,
        "thalamus": 0.0,
    }
    for side in (-1, 1):
        for name, centre, radii, turn in (
            ("thalamus", (11, -19, 8), (8, 14.5, 8.5), 28),
            ("striatum", (12.5, 14, 5), (4.6, 9, 8.5), 0),  # head of the caudate
            ("striatum", (16, -3, 20), (3.6, 15, 4.5), 0),  # its body
            ("striatum", (26, 3, 0), (5.2, 14.5, 9.5), 10),  # putamen
            ("pallidum", (19, -4, -1.5), (4.2, 8, 5.2), 20),
        ):
            mirrored = (side * centre[0], *centre[1:])
            inside = soft_inside(grid.ellipsoid(mirrored, radii, side * turn), 0.06)
            nuclei[name] = np.maximum(nuclei[name], inside)
    for name, nucleus in nuclei.items():
        taken = nucleus * brain
        if name == "thalamus":
            taken *= 1 - np.clip(parts["csf"] * 1.6 - 0.5, 0, 1)
        elif name == "striatum":
            taken *= np.clip(parts["gm"] * 1.6, 0, 1)
        for other in parts:
            parts[other] *= 1 - taken
        parts[name] = taken.astype(np.float32)


def _insert_brainstem(
    parts: dict[str, np.ndarray], grid: Grid, brain: np.ndarray
) -> None:
    stem = (grid.ellipsoid((0, -30, -40), (17, 15, 32)) < 1) & brain
    stem &= grid.axes[2] < -12
    parts["stem"] = parts["wm"] * stem
    parts["wm"] *= ~stem
