import numpy as np
import pytest

from rt1t2.group.coarse_grid import coarse_step, subsample, subsampled_affine


@pytest.mark.parametrize(
    ("fwhm", "extent", "per_extent", "step"),
    [
        ([11.7, 12, 12], 750, 1, 3),
        ([17, 20, 18], 94, 1, 4),
        ([17, 20, 18], 94, 3, 3),
        ([5, 5, 5], 94, 1, 1),
        ([2, 2, 2], 0, 1, 1),
        ([9, 9, 9], 0, 1, 3),
        ([np.nan] * 3, 750, 1, 9),
        ([np.nan] * 3, 0, 1, 1),
        ([20, 20, 20], 1, 3, 1),
    ],
)
def test_step(fwhm, extent, per_extent, step):
    assert coarse_step(np.array(fwhm), extent, per_extent) == step


def test_sampled_voxels_keep_their_place():
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = (-90, -126, -72)
    x = affine[0, 0] * np.indices((9, 8, 7))[0] + affine[0, 3]
    for step in (1, 2, 3):
        grid, there = subsample(x, step), subsampled_affine(affine, step)
        assert np.allclose(
            grid[:, 0, 0], there[0, 3] + there[0, 0] * np.arange(len(grid))
        )
