"""Diffeomorphic registration by Greedy: local cross-correlation of several images at once.

Yushkevich, github.com/pyushkevich/greedy, after Avants et al. 2008, 10.1016/j.media.2007.06.004.
All images lie on one grid in template space: the affine part has been taken out before.
"""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
from picsl_greedy import Greedy3D

LPS = np.array([-1, -1, 1], np.float32)
# without it Greedy adds white noise to the images, and no two runs are alike
NO_NOISE = "-noise 0"


def register_greedy(
    fixed: Sequence[np.ndarray],
    moving: Sequence[np.ndarray],
    affine: np.ndarray,
    *,
    weights: Sequence[float],
    iterations: tuple[int, ...],
    radius: int,
    smoothing: tuple[float, float],
    fixed_mask: np.ndarray | None = None,
) -> np.ndarray:
    """Find the diffeomorphism from fixed to moving images on the same grid.

    Parameters
    ----------
    fixed, moving
        Images of similar content, pair by pair, each (x, y, z) and finite.
    affine
        Voxel to RAS mm of all; axes along RAS.
    weights
        Of the pairs in the mean of their cross-correlations.
    iterations
        At each level of the pyramid, coarse to fine.
    radius
        Of the windows of the cross-correlation, in voxels of each level.
    smoothing
        SD of the Gaussians that smooth each update and the whole displacement, in voxels
        of each level: the larger, the stiffer.
    fixed_mask
        Where the fixed images may be compared (bool); everywhere if ``None``.

    Returns
    -------
    np.ndarray
        Displacement u (x, y, z, 3), RAS mm, float32: the point x of the fixed images is the
        point x + u(x) of the moving ones.
    """
    images: dict[str, sitk.Image] = {}
    command = [f"-d 3 -threads 1 -V 0 {NO_NOISE}"]
    for k, (first, second, weight) in enumerate(
        zip(fixed, moving, weights, strict=True)
    ):
        images |= {f"f{k}": _itk(first, affine), f"m{k}": _itk(second, affine)}
        command.append(f"-w {weight:g} -i f{k} m{k}")
    if fixed_mask is not None:
        images["mask"] = _itk(fixed_mask, affine)
        command.append("-gm mask")
    window = "x".join([str(radius)] * 3)
    levels = "x".join(str(n) for n in iterations)
    command.append(f"-m NCC {window} -n {levels}")
    command.append("-s {:g}vox {:g}vox -o warp".format(*smoothing))
    greedy = Greedy3D()
    greedy.execute(" ".join(command), warp=None, **images)
    warp = sitk.GetArrayFromImage(greedy["warp"]).transpose(2, 1, 0, 3)
    displacement: np.ndarray = warp.astype(np.float32) * LPS
    return displacement


def _itk(data: np.ndarray, affine: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(data.T, np.float32))
    image.SetSpacing([float(mm) for mm in np.diag(affine)[:3]])
    image.SetOrigin([float(mm) for mm in affine[:3, 3] * LPS])
    image.SetDirection(np.diag(LPS).ravel().tolist())
    return image
