"""Means over the regions of an atlas, taken on an image's own grid."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rt1t2.errors import UserError

Background = Literal["exclude", "include"]


@dataclass(frozen=True)
class RegionGrid:
    """The labelled voxels of one image grid.

    Attributes
    ----------
    voxels
        Positions of the labelled voxels in the image, flattened in Fortran order.
    region
        Number of each voxel's region, counted from 0 in ascending order of the labels.
    in_view
        Share of each region that lies inside the image's field of view.
    """

    voxels: np.ndarray
    region: np.ndarray
    in_view: np.ndarray


def atlas_labels(atlas: np.ndarray) -> np.ndarray:
    """Return the labels of an atlas in ascending order: its values without 0 and NaN."""
    values = np.unique(atlas[np.isfinite(atlas)])
    if not np.array_equal(values, np.round(values)) or (values < 0).any():
        raise UserError(
            "the region atlas holds values that are not whole numbers from 0 up, so it is "
            "no label image. Check receptors.atlas.image in the config."
        )
    return values[values > 0].astype(int)


def regions_on_grid(
    atlas: np.ndarray,
    atlas_affine: np.ndarray,
    shape: tuple[int, ...],
    affine: np.ndarray,
) -> RegionGrid:
    """Give every voxel of an image grid the label of the nearest atlas voxel.

    The atlas is brought to the image and never the other way round, so that image values
    are not interpolated. Voxels outside the atlas have no label.

    Parameters
    ----------
    atlas
        Label image (x, y, z); 0 is background.
    atlas_affine, affine
        Voxel to RAS mm of the atlas and of the image.
    shape
        Of the image (x, y, z).
    """
    labels = atlas_labels(atlas)
    to_atlas = np.linalg.inv(atlas_affine) @ affine
    on_grid = _nearest(atlas, to_atlas, shape).ravel(order="F")
    voxels = np.flatnonzero(on_grid)
    region = np.searchsorted(labels, on_grid[voxels])
    return RegionGrid(voxels, region, _share_in_view(atlas, labels, to_atlas, shape))


def region_means(
    data: np.ndarray, grid: RegionGrid, background: Background
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of an image in every region, and the share of the region that had data.

    Parameters
    ----------
    data
        Image (x, y, z); NaN is always left out.
    grid
        From :func:`regions_on_grid`, for the grid of ``data``.
    background
        ``"exclude"`` leaves zeros and the constant that fills the border of the image out
        of the mean; ``"include"`` averages them as if they were measured (JuSpace).

    Returns
    -------
    means
        One per region; NaN where the region holds no voxel with data.
    coverage
        One per region: share of it that lies in the field of view and is neither NaN nor
        background. Zeros that were averaged do not count as covered.
    """
    values = data.ravel(order="F")[grid.voxels]
    n_regions = grid.in_view.size
    finite = np.isfinite(values)
    measured = finite & (values != 0)
    fill = border_value(data)
    if fill is not None:
        # 1e-5 for maps that are scaled to 100: what rounding leaves of a constant
        tolerance = 1e-7 * np.abs(values[finite]).max(initial=0)
        measured &= np.abs(values - fill) > tolerance
    used = measured if background == "exclude" else finite
    count = np.bincount(grid.region[used], minlength=n_regions)
    total = np.bincount(grid.region[used], weights=values[used], minlength=n_regions)
    n_measured = np.bincount(grid.region[measured], minlength=n_regions)
    size = np.bincount(grid.region, minlength=n_regions)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / count
        coverage = np.where(size > 0, grid.in_view * n_measured / size, 0.0)
    return means, coverage


def border_value(data: np.ndarray) -> float | None:
    """Return the constant that fills most of an image's six outer faces, if there is one.

    Receptor maps are often shifted after they were masked, so that their background is
    not 0 but, say, -0.003 or -20.7.
    """
    faces = [np.take(data, (0, -1), axis=axis).ravel() for axis in range(3)]
    border = np.concatenate(faces)
    middle = np.median(border)  # NaN where the border has NaN: nothing to exclude then
    filled = np.abs(border - middle) <= 1e-7 * max(1.0, abs(middle))
    return float(middle) if filled.mean() > 0.5 else None


def _nearest(
    atlas: np.ndarray, to_atlas: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    on_grid = np.zeros(shape, dtype=np.int32)
    steps = [np.arange(n) for n in shape]
    rotation = to_atlas[:3, :3]
    if np.allclose(rotation, np.diag(np.diag(rotation)), atol=1e-9):
        nearest = [
            _round(rotation[i, i] * step + to_atlas[i, 3])
            for i, step in enumerate(steps)
        ]
        inside = [
            (0 <= n) & (n < size) for n, size in zip(nearest, atlas.shape, strict=True)
        ]
        picked = [n[ok] for n, ok in zip(nearest, inside, strict=True)]
        on_grid[np.ix_(*inside)] = np.nan_to_num(atlas[np.ix_(*picked)])
        return on_grid
    x, y = np.meshgrid(steps[0], steps[1], indexing="ij")
    for z in steps[2]:
        at = [
            _round(row[0] * x + row[1] * y + row[2] * z + row[3])
            for row in to_atlas[:3]
        ]
        inside = np.all(
            [(0 <= n) & (n < size) for n, size in zip(at, atlas.shape, strict=True)],
            axis=0,
        )
        on_grid[..., z][inside] = np.nan_to_num(atlas[tuple(n[inside] for n in at)])
    return on_grid


def _share_in_view(
    atlas: np.ndarray, labels: np.ndarray, to_atlas: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    position = np.array(np.nonzero(np.nan_to_num(atlas)))
    region = np.searchsorted(labels, atlas[tuple(position)])
    to_image = np.linalg.inv(to_atlas)
    in_image = _round(to_image[:3, :3] @ position + to_image[:3, 3:])
    seen = np.all((in_image >= 0) & (in_image < np.array(shape)[:, None]), axis=0)
    return np.bincount(region, weights=seen, minlength=labels.size) / np.bincount(
        region, minlength=labels.size
    )


def _round(coordinate: np.ndarray) -> np.ndarray:
    # halves go up, also those that floating point puts a hair below
    return np.floor(np.round(coordinate, 6) + 0.5).astype(int)
