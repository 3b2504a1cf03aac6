"""A head prior that was pulled into the brain at the forehead, as dim scalp fat does it."""

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA
from rt1t2.tissue.priors import STEP

PULL_MM, WIDTH_MM = 12.0, 30.0


def spoil_prior(files: dict[str, str]) -> None:
    """Move the prior's brain surface at the frontal poles PULL_MM backwards, smoothly.

    The displacement is a Gaussian of WIDTH_MM about the frontal pole's middle: it folds
    nothing (steepest slope .24), and leaves the back of the head alone. Sums stay 1.
    """
    prior = Volume.load(files["prior"])
    index = [HEAD_CLASSES.index(name) for name in PARENCHYMA]
    brain = prior.data[..., index].sum(axis=-1) > 0.5
    voxels = np.argwhere(brain)
    points = voxels @ prior.affine[:3, :3].T + prior.affine[:3, 3]
    foremost = points[:, 1].max()
    pole = points[points[:, 1] > foremost - 2 * prior.voxel_mm.max()].mean(axis=0)
    pole[0] = np.median(points[:, 0])
    # at its new place the surface finds what was PULL_MM before it
    pole[1] = foremost - PULL_MM
    grid = np.indices(prior.shape, dtype=np.float32).reshape(3, -1)
    where = prior.affine[:3, :3] @ grid + prior.affine[:3, 3:]
    distance = np.linalg.norm(where - pole[:, None], axis=0)
    shift = PULL_MM * np.exp(-0.5 * (distance / WIDTH_MM) ** 2)
    source = grid + np.linalg.inv(prior.affine)[:3, 1:2] * shift
    pulled = np.stack(
        [
            ndimage.map_coordinates(
                prior.data[..., k], source, order=1, mode="nearest"
            ).reshape(prior.shape)
            for k in range(prior.data.shape[-1])
        ],
        axis=-1,
    )
    counts = np.round(pulled / STEP)  # of steps: their sum has to stay that of 1
    largest = counts.argmax(axis=-1)[..., None]
    lacking = 1 / STEP - counts.sum(axis=-1, keepdims=True)
    np.put_along_axis(
        counts, largest, np.take_along_axis(counts, largest, -1) + lacking, -1
    )
    about = read_json(images.sidecar(files["prior"]))
    spoiled = Volume((counts * STEP).astype(np.float32), prior.affine)
    spoiled.save(files["prior"], about, STEP)
