"""Scanner effects: box-shaped slices, one coil's fields, Rician noise, venous sinuses."""

import numpy as np
import pytest

from rt1t2.simulate.pose import Warp, random_displacement, rigid
from rt1t2.simulate.scanner_effects import (
    SHARED_BIAS,
    bias_fields,
    rician,
    thick_slices,
    venous_sinuses,
)


@pytest.mark.parametrize("axis", [1, 2])
def test_a_slice_is_the_mean_over_its_thickness(axis):
    """3 mm slices of 1 mm voxels: the mean of three neighbours along the slice's normal."""
    data = np.random.default_rng(0).random((12, 13, 14)).astype(np.float32)
    still = Warp(np.eye(4), random_displacement(np.random.default_rng(0), 0.0))
    order = {2: [0, 1, 2], 1: [0, 2, 1]}[axis]  # axial, coronal
    affine = np.eye(4)[:, [*order, 3]]
    shape = tuple(np.array(data.shape)[order])

    slices = thick_slices(data, np.eye(4), still, affine, shape, thickness_mm=3.0)

    expected = (np.roll(data, 1, axis) + data + np.roll(data, -1, axis)) / 3
    inner = np.take(expected, range(1, data.shape[axis] - 1), axis).transpose(order)
    np.testing.assert_allclose(slices[..., 1:-1], inner, rtol=1e-5)


def test_bias_fields_of_one_coil_share_their_part():
    """Fields a + b and a + c with var a = s, var b = var c = 1 - s correlate by s."""
    correlations, spreads = [], []
    for seed in range(40):
        fields = bias_fields(np.random.default_rng(seed), (0.2, 0.1))
        t1w, t2w = (field.log_field for field in fields)
        correlations.append(np.corrcoef(t1w.ravel(), t2w.ravel())[0, 1])
        spreads.append((t1w.std(), t2w.std()))
        assert abs(t1w.mean()) < 1e-6
    assert np.mean(correlations) == pytest.approx(SHARED_BIAS, abs=0.06)
    np.testing.assert_allclose(np.mean(spreads, axis=0), (0.2, 0.1), rtol=0.15)


def test_no_amplitude_is_no_field():
    for field in bias_fields(np.random.default_rng(0), (0.0, 0.0)):
        gain = field.on_grid(np.eye(4), (5, 6, 7), np.zeros(3))
        np.testing.assert_array_equal(gain, np.ones((5, 6, 7)))


def test_the_coil_moves_with_the_table():
    field, _ = bias_fields(np.random.default_rng(1), (0.2, 0.2))
    table_mm = np.array([3.0, -20.0, 11.0])
    at_rest = field.on_grid(rigid((3, 0, 0), (0, 5, 0)), (20, 21, 22), np.zeros(3))
    moved = field.on_grid(
        rigid((0, 0, 0), table_mm) @ rigid((3, 0, 0), (0, 5, 0)), (20, 21, 22), table_mm
    )
    np.testing.assert_allclose(moved, at_rest, rtol=1e-5)
    assert at_rest.std() > 0.001


@pytest.mark.parametrize("signal", [0.0, 1.0, 50.0])
def test_noise_has_the_moments_of_rice(signal):
    """Rice: the mean square is A^2 + 2 s^2; at A = 0 (Rayleigh) the mean is s sqrt(pi / 2)."""
    noisy = rician(
        np.full(400_000, signal, np.float32), 2.0, np.random.default_rng(0)
    ).astype(float)
    assert (noisy**2).mean() == pytest.approx(signal**2 + 8, rel=0.01)
    assert noisy.min() >= 0
    if signal == 0:
        assert noisy.mean() == pytest.approx(2 * np.sqrt(np.pi / 2), rel=0.01)


def test_sinuses_lie_outside_the_brain_above_and_behind(head):
    share = venous_sinuses(head)
    x, y, z = np.meshgrid(*(axis.ravel() for axis in head.grid.axes), indexing="ij")
    vessel = share > 0.5
    assert 10 < share.sum() * head.voxel_mm**3 / 1000 < 40  # mL
    assert not (vessel & head.brain).any()
    vault = vessel & (z > 20)
    assert np.abs(x[vault]).max() <= 6  # the sagittal sinus keeps to the midline
    below = vessel & (z < -15)
    assert y[below].max() < -40  # the transverse ones lie behind
    assert x[below].max() > 40
    assert x[below].min() < -40


def test_a_coil_that_falls_off_keeps_the_named_share_at_the_forehead():
    plain, dim = (
        bias_fields(np.random.default_rng(0), (0.2, 0.1), front_left=left)
        for left in (1.0, 0.4)
    )
    for before, after in zip(plain, dim, strict=True):
        ratio = np.exp(after.log_field - before.log_field)
        y = before.affine[1, 3] + before.affine[1, 1] * np.arange(ratio.shape[1])
        np.testing.assert_allclose(ratio[:, y >= 80], 0.4, rtol=1e-5)
        np.testing.assert_allclose(ratio[:, y <= 20], 1.0, rtol=1e-5)
        assert (np.diff(ratio, axis=1) <= 1e-6).all()
