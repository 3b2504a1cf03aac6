"""Simulated scans: their truth is the truth."""

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.resampling import resample
from rt1t2.simulate.phantom import AC_MNI_MM, simulate_scan
from rt1t2.template.signals import WATER_EXCITATION_MPRAGE

COARSE = {"t1w_voxel_mm": 4.0, "t2w_voxel_mm": (4.0, 4.0, 4.0)}


@pytest.fixture(scope="module")
def plain(head):
    """Scan the template itself: no pose, no bias, nearly no noise."""
    return scan_of(head)


def scan_of(head, **changes):
    still = {"pose": False, "bias": False, "deformation_mm": 0.0, "snr": (1e6, 1e6)}
    return simulate_scan(head, 3, **{**COARSE, **still, **changes})


def test_the_same_seed_gives_the_same_scan(head, scan):
    again = simulate_scan(head, seed=1, t1w_voxel_mm=3.0, t2w_voxel_mm=(2.0, 2.0, 4.0))
    np.testing.assert_array_equal(again.t1w, scan.t1w)
    np.testing.assert_array_equal(again.t2w, scan.t2w)


def test_truth_is_the_ratio_of_the_images_without_gain(head, plain):
    """Without noise and bias, and with T2w sampled like T1w, images give the truth."""
    t2w_on_t1w = _on_t1w_grid(plain, plain.t2w)
    ratio = (plain.t1w / plain.gain[0]) / np.maximum(t2w_on_t1w / plain.gain[1], 1e-6)
    white = plain.sample(head.fractions["wm"]) > 0.98
    inner = ndimage.binary_erosion(white, iterations=1)
    assert inner.sum() > 100
    np.testing.assert_allclose(ratio[inner], plain.truth_ratio[inner], rtol=0.03)


def test_an_effect_divides_between_t1w_and_t2w(head, plain):
    effect = ((-8.0, -19.0, 10.0), 14.0, 0.2)
    changed = scan_of(head, effects=[effect])
    inside = plain.sample(head.grid.ellipsoid(effect[0], (9.0,) * 3) < 1, order=0) > 0
    ratio = changed.truth_ratio[inside] / plain.truth_ratio[inside]
    assert np.nanmedian(ratio) == pytest.approx(0.8, abs=0.01)
    t1w = (changed.t1w[inside] / plain.t1w[inside]).mean()
    assert t1w == pytest.approx(np.sqrt(0.8), abs=0.02)


def test_a_pattern_is_a_factor_on_the_ratio(head, plain):
    factor = np.full(head.brain.shape, 1.1, np.float32)
    changed = scan_of(head, pattern=factor)
    change = changed.truth_ratio / plain.truth_ratio
    np.testing.assert_allclose(change[np.isfinite(change)], 1.1, rtol=1e-4)


def test_a_lesion_is_dark_in_t1w_bright_in_t2w_and_in_the_mask(head, plain):
    lesioned = scan_of(head, lesions=[((-25.0, -10.0, 24.0), 14.0)])
    volume_ml = lesioned.lesion.sum() * 64 / 1000
    assert 5 < volume_ml < 15  # a sphere of 14 mm has 11.5 mL
    assert (
        lesioned.t1w[lesioned.lesion].mean() < 0.7 * plain.t1w[lesioned.lesion].mean()
    )
    assert not plain.lesion.any()


def test_the_true_origin_maps_to_the_template_and_back(scan):
    voxel = np.linalg.inv(scan.t1w_affine) @ [*scan.ac_mm, 1]
    there = scan.warp.to_template(scan.t1w_affine, voxel[:3, None].astype(np.float32))
    np.testing.assert_allclose(there[:, 0], AC_MNI_MM, atol=0.01)


def test_the_true_registration_aligns_the_two_images(head, scan):
    """White matter in the T1w grid, carried by the true matrix, is white in the T2w."""
    inner = ndimage.binary_erosion(scan.sample(head.fractions["wm"]) > 0.95)
    t2w = _on_t1w_grid(scan, scan.t2w / scan.bias_t2w) / scan.gain[1]
    level = np.median(t2w[inner])
    assert level == pytest.approx(scan.signals["wm"][1], rel=0.03)
    unaligned = _on_t1w_grid(scan, scan.t2w / scan.bias_t2w, use_truth=False)
    spread = [
        np.std(t2w[inner]) / level,
        np.std(unaligned[inner]) / level / scan.gain[1],
    ]
    assert spread[0] < 0.15
    assert spread[0] < spread[1]


def test_sampling_follows_shape_and_pose(head, scan):
    mask = scan.sample(head.brain.astype(np.float32)) > 0.5
    stretch = abs(np.linalg.det(scan.world_to_template[:3, :3]))
    volume_ml = mask.sum() * 27 / 1000
    expected_ml = head.brain.sum() * head.voxel_mm**3 / 1000 / stretch
    assert volume_ml == pytest.approx(expected_ml, rel=0.03)


def test_noise_is_rician_in_air(head, scan):
    """Without signal a magnitude image has mean SD sqrt(pi / 2)."""
    air = ndimage.binary_erosion(
        scan.sample(head.fractions["air"]) > 0.999, iterations=3
    )
    sd = scan.signals["wm"][0] / 40 * scan.gain[0]
    assert scan.t1w[air].mean() == pytest.approx(sd * np.sqrt(np.pi / 2), rel=0.05)


def _on_t1w_grid(scan, t2w_volume, use_truth=True):
    motion = scan.t2w_to_t1w if use_truth else np.eye(4)
    to_t2w = np.linalg.inv(scan.t2w_affine) @ motion @ scan.t1w_affine
    voxels = np.indices(scan.t1w.shape).reshape(3, -1).T
    points = nib.affines.apply_affine(to_t2w, voxels).T
    return ndimage.map_coordinates(t2w_volume, points, order=1).reshape(scan.t1w.shape)


def test_a_head_turns_about_the_middle_of_the_field_of_view(head):
    turned = scan_of(head, turn_deg=(0.0, 0.0, 90.0))
    for point, expected in (
        ((0.0, -11.0, -15.0), (0.0, -11.0, -15.0)),
        ((50.0, -11.0, -15.0), (0.0, 39.0, -15.0)),  # right ear to where the nose was
        ((0.0, 39.0, -15.0), (-50.0, -11.0, -15.0)),
    ):
        found = turned.warp.from_template(point)
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("plane", "axes"), [("coronal", ("R", "S", "A")), ("sagittal", ("A", "S", "R"))]
)
def test_slices_of_another_plane_show_the_same_head(head, plain, plane, axes):
    other = scan_of(head, planes=(plane, plane))
    grid = plain.t1w_affine, plain.t1w.shape
    for image, affine, like, like_affine in (
        (other.t1w, other.t1w_affine, plain.t1w, plain.t1w_affine),
        (other.t2w, other.t2w_affine, plain.t2w, plain.t2w_affine),
    ):
        assert nib.aff2axcodes(affine) == axes
        both = [resample(image, affine, *grid), resample(like, like_affine, *grid)]
        assert np.corrcoef(both[0].ravel(), both[1].ravel())[0, 1] > 0.95


def test_a_repeated_scan_is_the_same_person_in_another_session(head):
    options = {"t1w_voxel_mm": 6.0, "t2w_voxel_mm": (6.0, 6.0, 6.0)}
    first, again, repeated = (
        simulate_scan(head, 3, session=s, **options) for s in (0, 1, 1)
    )
    assert again.signals == first.signals
    np.testing.assert_array_equal(again.displacement, first.displacement)
    assert again.gain != first.gain
    assert not np.allclose(again.world_to_template, first.world_to_template)
    np.testing.assert_array_equal(again.t1w, repeated.t1w)


def _level(scan, head, tissue, where=True):
    """Return a tissue's median in the T1w without gain, noise-free as of ``scan_of``."""
    mask = (scan.sample(head.fractions[tissue]) > 0.8) & where
    assert mask.sum() > 20
    return np.median(scan.t1w[mask]) / scan.gain[0]


def _front(scan, head):
    y = np.broadcast_to(head.grid.axes[1], head.brain.shape).astype(np.float32)
    return scan.sample(y)


def test_water_excitation_makes_fat_darker_than_white_matter(head, plain):
    dark = scan_of(head, t1w_protocol=WATER_EXCITATION_MPRAGE)
    assert _level(plain, head, "fat") > _level(plain, head, "wm")
    assert _level(dark, head, "fat") < 0.6 * _level(dark, head, "wm")
    assert _level(dark, head, "wm") == pytest.approx(_level(plain, head, "wm"))
    np.testing.assert_array_equal(dark.t2w, plain.t2w)


def test_a_coil_that_falls_off_dims_the_forehead_and_nothing_behind(head, plain):
    dim = scan_of(head, front_left=0.3)
    y = _front(plain, head)
    for image in ("t1w", "t2w"):
        assert getattr(dim, image).mean() < getattr(plain, image).mean()
    ratio = dim.t1w / np.maximum(plain.t1w, 1e-6)
    seen = plain.t1w > 0.1 * plain.t1w.max()
    assert np.median(ratio[seen & (y > 78)]) == pytest.approx(0.3, abs=0.05)
    assert ratio[seen & (y < 10)].min() > 0.99
    assert _level(dim, head, "fat", y > 70) < _level(dim, head, "wm", y < 10)


def test_thick_t1w_slices_are_means_over_their_thickness(head):
    """An edge across the slices is blurred as thin slices are by averaging three of them."""
    thick = scan_of(head, t1w_voxel_mm=(4.0, 4.0, 12.0))
    point = scan_of(head, t1w_voxel_mm=4.0)
    to_thin = np.linalg.inv(point.t1w_affine) @ thick.t1w_affine
    i, j, k = np.indices(thick.t1w.shape)
    voxels = np.stack([i, j, k]).reshape(3, -1)
    at = to_thin[:3, :3] @ voxels + to_thin[:3, 3:]
    shifted = [
        ndimage.map_coordinates(point.t1w, at + np.c_[[0, 0, step]], order=1)
        for step in (-1, 0, 1)
    ]
    error = [
        np.abs(expected.reshape(thick.t1w.shape) - thick.t1w)[:, :, 1:-1].mean()
        for expected in (np.mean(shifted, axis=0), shifted[1])
    ]
    assert error[0] < 0.25 * error[1]
