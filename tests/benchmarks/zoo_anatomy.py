"""The anatomies of the zoo: the template's, BrainWeb's, and those of real heads.

Truth of the brain of other anatomies: grey, white and glial matter, opened by 2.5 mm (dura and
sinuses that the labels call grey), closed over the sulci by 6 mm where matter or CSF is, with
2 mm of CSF around, holes filled: what ``tissue/brain_mask.py`` says a
brain is, written once more here so that a change there does not change the truth.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import head_scores as scores
import numpy as np
from rule_steps import take_to_template
from scipy import ndimage

from rt1t2 import images
from rt1t2.geometry.head_mask import largest_part
from rt1t2.geometry.morphology import close, dilate, erode
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_classes import HEAD_LABELS
from rt1t2.template.head_model import CLASSES, Head, build_head
from rt1t2.tissue.priors import STEP, carry_classes

# Real heads whose labels are used: folder of data/pairs, and whether the head is whole.
REAL = {"isotropic-dark-fat": True, "openms-01_s2": False, "openms-04_s1": False}

# Colin27's scalp ends above the simulated grid: a little smaller, and lower
BRAINWEB_SCALE, BRAINWEB_SHIFT_MM = 0.96, -4.0
NECK_MM = 70  # by which the lowest slice of labels is continued
OPENING_MM, CLOSING_MM, RIM_MM = 2.5, 6.0, 2.0
BLUR_MM = 0.55
NEAR_MM, INNER_TABLE_MM = 4.0, 3.0
SURFACE_STEPS = 200


@dataclass(frozen=True)
class Anatomy:
    """A head and what is known of it.

    Attributes
    ----------
    head
        Fractions and true brain on its grid.
    tissue
        True shares of GM, WM, CSF in the brain, on the head's grid.
    thalamus_mm
        Points on the surface of the thalami, shape (n, 3), on the head's grid in mm; None
        where nobody knows it.
    end_mm
        Height on the head's grid above which nothing is known, else None.
    """

    head: Head
    tissue: dict[str, np.ndarray]
    thalamus_mm: np.ndarray | None
    end_mm: float | None = None


def template_anatomy(voxel_mm: float, seed: int) -> Anatomy:
    """Return the ICBM brain in a skull and scalp of its own."""
    head = build_head(voxel_mm, seed=seed)
    tissue = {
        name: sum(share * head.fractions[part] for part, share in parts.items())
        * head.brain
        for name, parts in scores.TISSUE_PARTS.items()
    }
    return Anatomy(head, tissue, template_thalamus_mm())


def template_thalamus_mm() -> np.ndarray:
    """Return points on both of the head model's thalami, (n, 3), template RAS mm.

    The ellipsoids of ``head_model``: centre (11, -19, 8), radii (8, 14.5, 8.5), turned by 28
    degrees; evenly spread by a Fibonacci spiral on the unit sphere.
    """
    n = SURFACE_STEPS**2 // 4
    k = np.arange(n) + 0.5
    z, turn = 1 - 2 * k / n, np.pi * (1 + 5**0.5) * k
    ball = np.stack(
        [np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z]
    )
    sides = []
    for side in (-1, 1):
        x, y, z = ball * np.array([[8], [14.5], [8.5]])
        cos, sin = np.cos(np.deg2rad(28 * side)), np.sin(np.deg2rad(28 * side))
        sides.append(
            np.stack([cos * x - sin * y + side * 11, sin * x + cos * y - 19, z + 8])
        )
    return np.concatenate(sides, axis=1).T


@lru_cache(maxsize=1)
def brainweb_anatomy(shared: Path, voxel_mm: float) -> Anatomy:
    """Return Colin27 by its BrainWeb labels: real folds, skull, fat, muscle, eyes.

    The neck goes on as its lowest slice. Eyes are the round parts of label 6 (skin, in truth
    the class with water's T1). Connective tissue is half fat, half muscle. Thalamus,
    striatum and pallidum have signals of their own where FSL's atlases in MNI space lie on
    grey or white labels. Their surface is no truth to measure against: the atlas's thalamus and
    the template's ellipsoid differ by 3.6 mm in the mean (95th percentile 7.4) before any warp.
    """
    labels, affine = images.load(
        shared / "data/brainweb/brainweb_labels_1mm_mni.nii.gz"
    )
    labels = labels.astype(np.uint8) * largest_part(labels > 0)
    atlas = shared / "data/parcellations/fsl"
    grid_of = affine, labels.shape
    thalamus = _on(atlas / "Thalamus-maxprob-thr25-1mm.nii.gz", None, *grid_of)
    nuclei = atlas / "HarvardOxford-sub-maxprob-thr25-2mm.nii.gz"
    striatum = _on(nuclei, (5, 6, 16, 17), *grid_of)
    pallidum = _on(nuclei, (7, 18), *grid_of)
    tissue_of = {1: "csf", 2: "gm", 3: "wm", 4: "fat", 5: "muscle", 6: "skin"}
    tissue_of |= {7: "bone", 8: "gm"}
    one_hot = {name: np.zeros(labels.shape, np.float32) for name in CLASSES}
    for label, name in tissue_of.items():
        one_hot[name] += labels == label
    for name in ("fat", "muscle"):
        one_hot[name] += 0.5 * (labels == 9)
    eyes = _eyes(labels, affine)
    one_hot["vitreous"] += eyes
    one_hot["skin"] *= ~eyes
    truth = {n: one_hot[n.lower()].copy() for n in ("GM", "WM", "CSF")}
    matter = np.isin(labels, (2, 3, 8))
    for name, where in (
        ("thalamus", thalamus & matter),
        ("striatum", striatum & (labels == 2)),
        ("pallidum", pallidum & matter),
    ):
        for other in ("gm", "wm"):
            one_hot[other] *= ~where
        one_hot[name] += where & (sum(one_hot.values()) < 0.5)
    brain = closed_brain(matter, labels == 1, 1.0)
    to_grid = np.diag([*[BRAINWEB_SCALE] * 3, 1.0])
    to_grid[2, 3] = BRAINWEB_SHIFT_MM
    return _anatomy(one_hot, truth, brain, to_grid @ affine, np.eye(4), voxel_mm)


def _on(path: Path, values, affine: np.ndarray, shape: tuple) -> np.ndarray:
    atlas, atlas_affine = images.load(path)
    chosen = atlas > 0 if values is None else np.isin(atlas, values)
    chosen = chosen.astype(np.float32)
    on_grid: np.ndarray = resample(chosen, atlas_affine, affine, shape) > 0.5
    return on_grid


def _eyes(labels: np.ndarray, affine: np.ndarray) -> np.ndarray:
    x, y, z = (
        (affine[a, a] * np.arange(n) + affine[a, 3]).reshape(
            [-1 if a == b else 1 for b in range(3)]
        )
        for a, n in enumerate(labels.shape)
    )
    orbits = (np.abs(x) > 14) & (np.abs(x) < 54) & (y > 35) & (z > -52) & (z < -14)
    core = ndimage.binary_opening(
        (labels == 6) & orbits, ndimage.generate_binary_structure(3, 1), iterations=5
    )
    return dilate(core, 1.5, 1.0) & (labels == 6)


def real_anatomy(
    shared: Path, name: str, voxel_mm: float, keep: Path, template: dict[str, str]
) -> Anatomy:
    """Return a real head by its own segmentation, run here once and kept.

    The template's classes are carried by the head's affine alone: nothing can pull them, and
    the poles of these brains are whole (looked at). Outside the brain the labels are crude: no
    bone parts it from marrow there, therefore fat and muscle within INNER_TABLE_MM of brain and
    CSF become bone. Where a scan ends above, the simulated
    field of view has to end too; below, the lowest slice goes on as neck.
    """
    folder = keep / "real" / name
    if not (folder / "head.nii.gz").exists():
        folder.mkdir(parents=True, exist_ok=True)
        pairs = shared / "data/pairs" / name
        for image in ("t1w", "t2w"):
            (source,) = (
                p for p in pairs.glob("*.nii.gz") if p.name[:3].lower() == image
            )
            target = folder / f"native_{image.replace('t', 'T', 1)}.nii.gz"
            target.write_bytes(source.read_bytes())
        take_to_template(
            folder,
            template,
            name,
            voxel_mm=1.0,
            estimate_mm=2.0,
            until="segment",
            after={"head_prior": lambda files: affine_prior(files, template)},
        )
    labels, affine = images.load(folder / "head.nii.gz")
    gm, wm, csf, t1w, t2w = (
        np.nan_to_num(images.load(folder / f"{n}.nii.gz")[0])
        for n in ("gm", "wm", "csf", "t1w", "t2w")
    )
    brain = images.load(folder / "brain.nii.gz")[0] > 0
    white = wm > 0.9
    dark = (t1w < 0.05 * np.median(t1w[white])) & (t2w < 0.05 * np.median(t2w[white]))
    label = {n: labels == value for n, value in HEAD_LABELS.items()}
    one_hot = {name: np.zeros(labels.shape, np.float32) for name in CLASSES}
    one_hot |= {"gm": gm * brain, "wm": wm * brain, "csf": csf * brain}
    for own, part in (
        ("csf", "csf"),
        ("bone", "bone"),
        ("soft", "muscle"),
        ("fat", "fat"),
        ("eye", "vitreous"),
        ("temporalis", "temporalis"),
    ):
        one_hot[part] = one_hot[part] + (label[own] & ~brain & ~dark)
    within = brain | (label["csf"] & dilate(brain, NEAR_MM, 1.0))
    table = dilate(within, INNER_TABLE_MM, 1.0) & ~within
    for part in ("fat", "muscle", "temporalis"):
        one_hot["bone"] = one_hot["bone"] + one_hot[part] * table
        one_hot[part] = one_hot[part] * ~table
    truth = {n: one_hot[n.lower()].copy() for n in ("GM", "WM", "CSF")}
    truth["CSF"] *= brain
    to_head = np.array(read_json(folder / "origin.json")["template_to_t1w"])
    end_mm = None
    if not REAL[name]:
        corners = np.array(
            [[x, y, labels.shape[2] - 1] for x in (0, 1) for y in (0, 1)]
        )
        corners[:, :2] *= np.array(labels.shape[:2]) - 1
        middle = 0.25 * corners + 0.75 * corners.mean(axis=0)  # over the brain
        up = np.linalg.inv(to_head) @ affine
        end_mm = float((middle @ up[2, :3] + up[2, 3]).min())
    return _anatomy(one_hot, truth, brain, affine, to_head, voxel_mm, end_mm)


def affine_prior(files: dict[str, str], template: dict[str, str]) -> None:
    """Replace a head prior by the template's classes carried by the affine alone."""
    prior, classes = Volume.load(files["prior"]), Volume.load(template["head_classes"])
    nowhere = Volume(np.zeros((2, 2, 2, 3), np.float32), prior.affine)
    to_template = np.linalg.inv(read_json(files["origin"])["template_to_t1w"])
    carried = carry_classes(classes, nowhere, to_template, prior.affine, prior.shape)
    about = read_json(images.sidecar(files["prior"]))
    Volume(carried, prior.affine).save(files["prior"], about, STEP)


def closed_brain(matter: np.ndarray, csf: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Open parenchyma, close it over its sulci, add a rim; see the top of this file."""
    core = largest_part(erode(matter, OPENING_MM, voxel_mm))
    opened = dilate(core, OPENING_MM + 1e-3, voxel_mm) & matter
    brain = close(opened, CLOSING_MM, voxel_mm) & (matter | csf)
    brain = largest_part(brain)
    brain |= dilate(brain, RIM_MM, voxel_mm) & csf
    for axis in range(3):
        slices = [ndimage.binary_fill_holes(s) for s in np.moveaxis(brain, axis, 0)]
        brain = np.moveaxis(np.stack(slices), 0, axis)
    return brain


def _anatomy(
    one_hot: dict[str, np.ndarray],
    truth: dict[str, np.ndarray],
    brain: np.ndarray,
    affine: np.ndarray,
    grid_to_world: np.ndarray,
    voxel_mm: float,
    end_mm: float | None = None,
) -> Anatomy:
    """Bring label maps onto the grid of the simulated heads."""
    grid = Grid(voxel_mm)
    below = affine.copy()
    below[:3, 3] -= NECK_MM * affine[:3, 2]

    def on_grid(volume: np.ndarray, neck: bool) -> np.ndarray:
        pad = [(0, 0), (0, 0), (NECK_MM, 0)]
        longer = np.pad(
            volume.astype(np.float32), pad, mode="edge" if neck else "constant"
        )
        place = below, grid.affine, grid.shape, grid_to_world
        return resample(longer, *place)

    in_brain = ("gm", "wm", "csf", "thalamus", "striatum", "pallidum")
    fractions = {
        name: on_grid(share, neck=name not in in_brain)
        for name, share in one_hot.items()
        if name != "air"
    }
    for name, share in fractions.items():
        fractions[name] = ndimage.gaussian_filter(share, 0.5 * BLUR_MM / voxel_mm)
    total = np.maximum(sum(fractions.values()), 1)
    fractions = {name: share / total for name, share in fractions.items()}
    fractions["air"] = np.maximum(1 - sum(fractions.values()), 0)
    head = Head(
        {name: fractions[name] for name in CLASSES},
        on_grid(brain, neck=False) > 0.5,
        voxel_mm,
    )
    tissue = {name: on_grid(share, False) * head.brain for name, share in truth.items()}
    return Anatomy(head, tissue, None, end_mm)
