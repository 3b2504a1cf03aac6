"""An image of the raw data set: its voxels as scanned, and a sidecar with nothing personal."""

from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.geometry.grids import canonical_grid
from rt1t2.images import save, voxel_sizes_mm

RawImage = tuple[np.ndarray, np.ndarray, dict[str, Any]]


def save_raw(image: RawImage, path: str | Path, made_by: dict[str, Any]) -> str:
    """Write an image and its sidecar with the sizes of its voxels.

    Parameters
    ----------
    image
        Voxels, voxel to scanner RAS mm, sidecar entries.
    path
        NIfTI file; its own header is written anew, so that no text of the source's is kept.
    made_by
        Versions, for the sidecar.

    Returns
    -------
    str
        What was written, in words.
    """
    data, affine, entries = image
    _, to_ras = canonical_grid(data.shape, affine)  # the order of its axes says nothing
    voxel_mm = [round(float(mm), 4) for mm in voxel_sizes_mm(to_ras)]
    save(data, affine, path, entries | {"VoxelSizeMm": voxel_mm} | made_by)
    return f"{Path(path).name}: {data.shape} voxels of {voxel_mm} mm"
