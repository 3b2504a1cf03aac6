import numpy as np
import pytest

from rt1t2.simulate.phantom import simulate_scan
from rt1t2.simulate.transmit_field import (
    Transmit,
    mixed_under,
    transmit_field,
    transmit_scale,
)
from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_model import build_head
from rt1t2.template.signals import tissue_signals

VOXEL_MM = 6.0


@pytest.fixture(scope="module")
def head():
    return build_head(VOXEL_MM)


def at(field, grid, point_mm):
    return field[
        tuple(np.rint(np.linalg.inv(grid.affine) @ [*point_mm, 1])[:3].astype(int))
    ]


def test_the_field_is_high_in_the_middle_and_low_at_the_rim_more_so_in_large_heads():
    grid = Grid(VOXEL_MM)
    field = transmit_field(grid, Transmit(), 1.0, 1.0)
    assert at(field, grid, (0, -18, 4)) == pytest.approx(1.15, abs=0.01)
    assert at(field, grid, (-78, -18, 4)) == pytest.approx(0.85, abs=0.02)
    large = transmit_field(grid, Transmit(), 1.0, 1.1)
    assert np.ptp(large) == pytest.approx(1.21 * np.ptp(field), rel=1e-5)
    lower = transmit_field(grid, Transmit(), 0.9, 1.0)
    np.testing.assert_allclose(lower, 0.9 * field, rtol=1e-6)


def test_the_factor_of_a_scan_has_the_spread_and_the_mean_that_are_asked_for():
    rng = np.random.default_rng(0)
    drawn = np.log(
        [transmit_scale(Transmit(0.05, ln_scale_mean=-0.03), rng) for _ in range(4000)]
    )
    assert drawn.mean() == pytest.approx(-0.03, abs=0.003)
    assert drawn.std() == pytest.approx(0.05, rel=0.05)


def test_every_voxel_has_the_signal_of_its_own_field(head):
    field = np.full(head.grid.shape, 0.9, np.float32)
    mixed = mixed_under(field, head, lambda b: tissue_signals(b1=b))
    expected = tissue_signals(b1=0.9)
    for name in ("csf", "wm", "fat"):
        pure = head.fractions[name] > 0.9999
        assert pure.any()
        for image in (0, 1):
            np.testing.assert_allclose(
                mixed[image][pure], expected[name][image], rtol=5e-3
            )


def test_the_truth_is_that_of_the_prescribed_angles_and_the_image_is_not(head):
    options = {"t1w_voxel_mm": 6.0, "t2w_voxel_mm": (6.0, 6.0, 6.0), "bias": False}
    plain = simulate_scan(head, (1, 3), **options)
    seen = simulate_scan(
        head, (1, 3), transmit=Transmit(0.0, 0.0, np.log(0.9)), **options
    )
    np.testing.assert_array_equal(seen.truth_ratio, plain.truth_ratio)
    assert plain.b1 is None
    assert seen.b1_scale == pytest.approx(0.9)
    white = seen.sample(head.fractions["wm"]) > 0.99
    np.testing.assert_allclose(seen.b1[white], 0.9, rtol=1e-5)
    found = np.median(seen.t1w[white]) / np.median(plain.t1w[white])
    levels = [tissue_signals(b1=b)["wm"][0] for b in (0.9, 1.0)]
    assert found == pytest.approx(levels[0] / levels[1], rel=0.02)
