"""Real heads with thick slices: where they lie, and the brain of three of them, drawn by others.

Those masks leave out cortex that T1w, T2w and FLAIR show: in openms-04 about 28 ml, mostly gyri
of the parietal lobe, up to a centimetre deep; in openms-01 about 11 ml at the frontal pole. The
95th percentile of the distance between the edges (3.6, 3.3, 5.0 mm) says little about ours: taking
their mask itself except beside that cortex, with our rim there, still gives 4.6 mm in openms-04.
"""

import shutil
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.geometry.resampling import field_of_view, resample
from rt1t2.geometry.transforms import read_itk, translation

CUT_CM2 = 20.0
PAIRS = ("openms-01_s1", "openms-01_s2", "openms-04_s1", "tcga-FG-6692")


def copy_pair(shared: Path, name: str, folder: Path) -> None:
    """Put a person's images where the steps look for them."""
    folder.mkdir(parents=True, exist_ok=True)
    for image in ("T1W", "T2W"):
        source = shared / "data/pairs" / name / f"{image}.nii.gz"
        shutil.copyfile(source, folder / f"native_{image.replace('W', 'w')}.nii.gz")


def true_brain(
    shared: Path,
    name: str,
    ac_mm: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, int, int],
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a session's true brain on its conformed grid and where it is known.

    The mask lies in a space common to a person's sessions. Its authors' ITK files take
    points of that space to FLAIR points, and FLAIR points to T1w points. Where the mask
    ends in a slice with more than CUT_CM2 of brain, another session's field of view cut it
    off: beyond that slice nothing is known.
    """
    pairs = shared / "data/pairs"
    path = pairs / f"{name.split('_')[0]}_common_space_brainmask.nii.gz"
    if not path.exists():
        return None
    mask, mask_affine = images.load(path)
    common_to_flair = read_itk(pairs / name / "FLAIR_to_common_space.txt")
    flair_to_t1w = read_itk(pairs / name / "T1W_intrastudy_to_FLAIR.txt")
    to_common = np.linalg.inv(flair_to_t1w @ common_to_flair) @ translation(ac_mm)
    grid = affine, shape, to_common
    truth = resample((mask > 0).astype("f4"), mask_affine, *grid) > 0.5
    known = resample(_known_slices(mask > 0, mask_affine), mask_affine, *grid) > 0.5
    return truth, known & field_of_view(mask.shape, mask_affine, *grid)


def _known_slices(mask: np.ndarray, affine: np.ndarray) -> np.ndarray:
    area_cm2 = mask.sum(axis=(0, 1)) * images.voxel_sizes_mm(affine)[:2].prod() / 100
    first, last = np.flatnonzero(area_cm2)[[0, -1]]
    known = np.ones(mask.shape, "f4")
    if area_cm2[first] > CUT_CM2:
        known[:, :, :first] = 0
    if area_cm2[last] > CUT_CM2:
        known[:, :, last + 1 :] = 0
    return known
