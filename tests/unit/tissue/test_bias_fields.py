import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.tissue.bias_fields import field_on_grid, subsampled


def test_a_field_keeps_its_edge_beyond_its_grid():
    coarse = np.diag([2.0, 2.0, 2.0, 1.0])
    field = np.broadcast_to(np.arange(5.0)[:, None, None], (5, 5, 5))
    fine = field_on_grid(field, coarse, np.eye(4), (12, 9, 9))
    assert fine[:, 4, 4] == pytest.approx([*np.arange(0, 4.5, 0.5), 4, 4, 4])


def test_subsampled_fields_keep_their_place_and_hardly_change():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-40, 7, 3)
    x, y, z = np.indices((41, 33, 37)) * 2.0
    wave = 0.1 * np.cos(2 * np.pi * x / 60) + 0.02 * np.sin(2 * np.pi * (y + z) / 80)
    kept = subsampled(Volume(np.stack([wave, -wave], -1), affine), 4.0)
    assert kept.data.shape == (21, 17, 19, 2)
    assert kept.voxel_mm == pytest.approx([4, 4, 4])
    again = field_on_grid(kept.data[..., 0], kept.affine, affine, wave.shape)
    assert np.abs(again - wave).max() < 0.0035
    coarse = Volume(wave, np.diag([5.0, 5, 5, 1]))
    assert subsampled(coarse, 4.0).shape == coarse.shape
