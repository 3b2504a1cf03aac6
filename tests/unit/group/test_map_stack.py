"""The file of all maps of a study: the rows and voxels that are asked for, and no others."""

import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.group.map_stack import MapStack, save_stack

VOLUMES = np.arange(3 * 64, dtype=np.float32).reshape(3, 4, 4, 4)
MASK = np.random.default_rng(1).random((4, 4, 4)) < 0.7
PEOPLE = ["sub-01", "sub-02", "sub-03"]


@pytest.fixture
def stack(tmp_path):
    path = tmp_path / "maps.npy"
    rows = [volume[MASK] for volume in VOLUMES]
    rows[1][0] = np.nan
    save_stack(path, rows, MASK, PEOPLE, ["a", "b", "c"], {"CodeDigest": "x"})
    images.save(MASK, np.eye(4), tmp_path / "mask.nii.gz")
    return path, tmp_path / "mask.nii.gz"


def test_rows_in_the_order_asked_for_at_the_voxels_asked_for(stack):
    maps = MapStack.load(*stack)
    fewer = MASK & (np.indices(MASK.shape)[0] != 2)
    found = maps.of(["sub-03", "sub-01"], fewer)
    assert len(found) == 2
    for values, volume in zip(found, VOLUMES[[2, 0]], strict=True):
        assert values.dtype == np.float32
        assert np.array_equal(values, volume[fewer])
    assert maps.sources_of(["sub-03", "sub-01"]) == ["c", "a"]
    (gap,) = maps.of(["sub-02"], MASK)
    assert np.isnan(gap).tolist() == [True] + [False] * (MASK.sum() - 1)
    with pytest.raises(IndexError):
        found[2]
    with pytest.raises(KeyError):
        maps.of(["sub-04"], MASK)


def test_a_coarse_grid_takes_the_same_voxels_as_the_volume(stack):
    coarse = MASK[1::2, ::2, 1::2]
    (values,) = MapStack.load(*stack).of(["sub-02"], coarse, 2, (1, 0, 1))
    expected = VOLUMES[1, 1::2, ::2, 1::2][coarse]
    assert np.array_equal(values, expected)
    with pytest.raises(ValueError, match="outside the group mask"):
        MapStack.load(*stack).of(["sub-02"], ~coarse, 2, (1, 0, 1))


def test_numpy_reads_it_and_the_sidecar_says_whose_rows_they_are(stack):
    values = np.load(stack[0])
    assert values.shape == (3, MASK.sum())
    assert np.array_equal(values[2], VOLUMES[2][MASK])
    about = json.loads(stack[0].with_suffix(".json").read_text())
    assert about["Participants"] == PEOPLE
    assert about["CodeDigest"] == "x"


def test_a_mask_that_was_changed_by_hand_says_so(stack):
    images.save(np.roll(MASK, 1, axis=0), np.eye(4), stack[1])
    with pytest.raises(UserError, match=r"statistics\.explicit_mask"):
        MapStack.load(*stack)


def test_nobody(tmp_path):
    save_stack(tmp_path / "maps.npy", [], np.zeros((2, 2, 2), bool), [], [], {})
    assert np.load(tmp_path / "maps.npy").shape == (0, 0)
