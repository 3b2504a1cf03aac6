import numpy as np
import pytest

from rt1t2.conform.padding import padding, trim_padding, without_padding
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.tissue.air_offset import additive_offset


def padded(data, affine, before, after):
    wide = np.pad(data, list(zip(before, after, strict=True)))
    return wide, affine @ translation([-n for n in before])


@pytest.mark.parametrize("before", [(0, 0, 12), (7, 3, 0), (5, 5, 5)])
def test_added_planes_of_zeros_are_cut_again(scan, before):
    wide, wide_affine = padded(scan.t2w, scan.t2w_affine, before, (0, 6, 4))
    data, affine, n_planes = trim_padding(wide, wide_affine)
    np.testing.assert_array_equal(data, scan.t2w)
    np.testing.assert_allclose(affine, scan.t2w_affine, atol=1e-9)
    assert n_planes == sum(before) + 10


def test_a_background_set_to_zero_is_not_cut(head):
    masked = np.where(head.fractions["air"] < 0.5, 100.0, 0.0)
    data, affine, n_planes = trim_padding(masked, head.affine)
    np.testing.assert_array_equal(data, masked)
    assert n_planes == 0
    np.testing.assert_array_equal(affine, head.affine)


def test_zeros_inside_the_head_are_no_padding():
    data = np.ones((10, 10, 10))
    data[:3] = 0
    data[6, 5, 5] = 0
    marked = padding(data)
    assert marked[:3].all()
    assert not marked[3:].any()


@pytest.mark.parametrize("blind", ["T1w", "T2w"])
def test_the_head_outside_a_turned_field_of_view_is_undefined(scan, blind):
    grid = scan.t1w_affine, scan.t1w.shape
    t2w = resample(scan.t2w, scan.t2w_affine, *grid, scan.t2w_to_t1w, outside=np.nan)
    turned = from_parameters(np.r_[np.zeros(3), 15, 0, 0, np.zeros(6)], scan.ac_mm)
    affine = {"T1w": scan.t1w_affine, "T2w": scan.t2w_affine}[blind]
    data = {"T1w": scan.t1w, "T2w": scan.t2w}[blind].copy()
    points = apply(affine, np.stack(np.indices(data.shape), -1).astype(float))
    data[apply(turned, points)[..., 2] < scan.ac_mm[2] - 40] = 0
    natives = {"T1w": (scan.t1w, scan.t1w_affine), "T2w": (scan.t2w, scan.t2w_affine)}
    natives[blind] = data, affine
    t1w = data if blind == "T1w" else scan.t1w
    result, counts = without_padding(
        t1w,
        t2w,
        scan.t1w_affine,
        natives["T1w"],
        natives["T2w"],
        np.eye(4),
        scan.t2w_to_t1w,
    )
    other = "T2w" if blind == "T1w" else "T1w"
    assert counts[f"ZerosAround{blind}"] == (np.isfinite(t2w) & np.isnan(result)).sum()
    assert counts[f"ZerosAround{blind}"] > 1000
    assert counts[f"ZerosAround{other}"] == 0
    height = apply(turned, apply(scan.t1w_affine, np.argwhere(np.isnan(result))))[:, 2]
    seen_before = np.isfinite(t2w)[np.isnan(result)]
    assert (height[seen_before] < scan.ac_mm[2] - 30).all()


def test_zeros_do_not_hide_a_constant_that_was_added():
    air = np.random.default_rng(0).rayleigh(2, 5000) + 20
    with_zeros = np.r_[air, np.zeros(2000)]
    assert additive_offset(with_zeros, 100.0) == additive_offset(air, 100.0) > 15
    assert additive_offset(np.r_[air, np.zeros(20000)], 100.0) == 0
