"""Diffeomorphic registration by Greedy: local cross-correlation.

Yushkevich, github.com/pyushkevich/greedy, after Avants et al. 2008, 10.1016/j.media.2007.06.004.
Both images lie on one grid in template space: the affine part has been taken out before.
"""

import numpy as np
import SimpleITK as sitk
from picsl_greedy import Greedy3D

LPS = np.array([-1, -1, 1], np.float32)
# without it Greedy adds white noise to the images, and no two runs are alike
NO_NOISE = "-noise 0"


def register_greedy(
    fixed: np.ndarray,
    moving: np.ndarray,
    affine: np.ndarray,
    *,
    iterations: tuple[int, ...],
    radius: int,
    smoothing: tuple[float, float],
    fixed_mask: np.ndarray | None = None,
) -> np.ndarray:
    """Find the diffeomorphism from a fixed to a moving image on the same grid.

    Parameters
    ----------
    fixed, moving
        Images of similar content, each (x, y, z) and finite.
    affine
        Voxel to RAS mm of both; axes along RAS.
    iterations
        At each level of the pyramid, coarse to fine.
    radius
        Of the windows of the cross-correlation, in voxels of each level.
    smoothing
        SD of the Gaussians that smooth each update and the whole displacement, in voxels
        of each level: the larger, the stiffer.
    fixed_mask
        Where the fixed image may be compared (bool); everywhere if ``None``.

    Returns
    -------
    np.ndarray
        Displacement u (x, y, z, 3), RAS mm, float32: the point x of the fixed image is the
        point x + u(x) of the moving one.
    """
    images = {"fixed": _itk(fixed, affine), "moving": _itk(moving, affine)}
    command = [f"-d 3 -threads 1 -V 0 {NO_NOISE} -i fixed moving"]
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
