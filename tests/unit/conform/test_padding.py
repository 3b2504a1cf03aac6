import numpy as np
import pytest

from rt1t2.conform.padding import padding, trim_padding, without_padding
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.geometry.volume import Volume


def padded(volume, before, after):
    wide = np.pad(volume.data, list(zip(before, after, strict=True)))
    return Volume(wide, volume.affine @ translation([-n for n in before]))


@pytest.mark.parametrize("before", [(0, 0, 12), (7, 3, 0), (5, 5, 5)])
def test_added_planes_of_zeros_are_cut_again(scan, before):
    t2w = Volume(scan.t2w, scan.t2w_affine)
    trimmed, n_planes = trim_padding(padded(t2w, before, (0, 6, 4)))
    np.testing.assert_array_equal(trimmed.data, scan.t2w)
    np.testing.assert_allclose(trimmed.affine, scan.t2w_affine, atol=1e-9)
    assert n_planes == sum(before) + 10


def test_a_background_set_to_zero_is_not_cut(head):
    data = np.where(head.fractions["air"] < 0.5, 100.0, 0.0)
    masked = Volume(data, head.affine)
    assert trim_padding(masked) == (masked, 0)


def test_zeros_inside_the_head_are_no_padding():
    data = np.ones((10, 10, 10))
    data[:3] = 0
    data[6, 5, 5] = 0
    marked = padding(data)
    assert marked[:3].all()
    assert not marked[3:].any()


@pytest.mark.parametrize("blind", ["T1w", "T2w"])
def test_the_head_outside_a_turned_field_of_view_is_undefined(scan, blind):
    natives = {
        "T1w": Volume(scan.t1w, scan.t1w_affine),
        "T2w": Volume(scan.t2w, scan.t2w_affine),
    }
    t2w = natives["T2w"].on(natives["T1w"], scan.t2w_to_t1w, outside=np.nan)
    turned = from_parameters(np.r_[np.zeros(3), 15, 0, 0, np.zeros(6)], scan.ac_mm)
    whole = natives[blind]
    points = apply(whole.affine, np.stack(np.indices(whole.shape), -1).astype(float))
    below = apply(turned, points)[..., 2] < scan.ac_mm[2] - 40
    natives[blind] = whole.like(np.where(below, 0, whole.data))
    padded, counts = without_padding(
        natives["T1w"],
        t2w,
        natives["T1w"],
        natives["T2w"],
        np.eye(4),
        scan.t2w_to_t1w,
    )
    result, t2w = padded.data, t2w.data
    other = "T2w" if blind == "T1w" else "T1w"
    assert counts[f"ZerosAround{blind}"] == (np.isfinite(t2w) & np.isnan(result)).sum()
    assert counts[f"ZerosAround{blind}"] > 1000
    assert counts[f"ZerosAround{other}"] == 0
    height = apply(turned, apply(scan.t1w_affine, np.argwhere(np.isnan(result))))[:, 2]
    seen_before = np.isfinite(t2w)[np.isnan(result)]
    assert (height[seen_before] < scan.ac_mm[2] - 30).all()
