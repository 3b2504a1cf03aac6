import nibabel as nib
import numpy as np
import pytest

from rt1t2.ratio.smoothing import (
    smooth,
    smooth_normalised,
    smooth_zero_fill,
    spm_kernel,
)

TWO_MM = np.array([2.0, 2.0, 2.0])


def test_kernel_has_the_taps_that_spm_prints():
    kernel = spm_kernel(fwhm_mm=10, voxel_mm=2)
    expected = [0.18449009, 0.16578408, 0.12029406, 0.07047799, 0.03333742, 0.01272994]
    assert len(kernel) == 27
    np.testing.assert_allclose(kernel[13 : 13 + 6], expected, atol=1e-8)
    np.testing.assert_allclose(kernel, kernel[::-1], atol=1e-15)


@pytest.mark.shared
def test_zero_fill_is_spm_smooth(shared):
    folder = shared / "reference" / "spm_preproc"
    impulse = nib.load(folder / "impulse.nii.gz")
    expected = nib.load(folder / "s10impulse.nii.gz").get_fdata()
    sizes = np.array(impulse.header.get_zooms()[:3], dtype=float)
    smoothed = smooth_zero_fill(impulse.get_fdata(), 10.0, sizes)
    assert np.abs(smoothed - expected).max() < 1e-6


def test_zero_fill_darkens_x_and_y_faces_but_not_z():
    smoothed = smooth_zero_fill(np.ones((41, 41, 41)), 10.0, TWO_MM)
    assert smoothed[0, 20, 20] == pytest.approx(0.5922, abs=1e-4)
    assert smoothed[0, 0, 20] == pytest.approx(0.3508, abs=1e-4)
    assert smoothed[20, 20, 0] == pytest.approx(1.0, abs=1e-6)


def test_zero_fill_counts_undefined_as_zero():
    image = np.ones((9, 9, 9))
    image[4, 4, 4] = np.nan
    zeroed = np.nan_to_num(image)
    smoothed = smooth_zero_fill(image, 8.0, TWO_MM)
    np.testing.assert_array_equal(smoothed, smooth_zero_fill(zeroed, 8.0, TWO_MM))
    assert np.isfinite(smoothed).all()
    assert not smooth_zero_fill(np.zeros((5, 5, 5)), 8.0, TWO_MM).any()


def test_a_constant_stays_constant_up_to_the_edge_and_around_a_hole():
    mask = np.zeros((40, 40, 40), dtype=bool)
    mask[5:35, 5:35, 5:35] = True
    image = np.where(mask, 2.0, np.nan)
    image[15:20, 15:20, 15:20] = np.nan
    smoothed = smooth_normalised(image, mask, 10.0, TWO_MM)
    defined = np.isfinite(smoothed)
    np.testing.assert_allclose(smoothed[defined], 2.0, rtol=1e-6)
    assert np.isnan(smoothed[~mask]).all()
    assert defined[5, 20, 20]  # half of the kernel lies inside
    assert not defined[5, 5, 5]  # an eighth


def test_the_middle_of_a_large_hole_stays_undefined():
    mask = np.ones((61, 61, 61), dtype=bool)
    image = np.ones(mask.shape)
    image[20:41, 20:41, 20:41] = np.nan  # 42 mm wide
    smoothed = smooth_normalised(image, mask, 10.0, TWO_MM)
    assert np.isnan(smoothed[30, 30, 30])
    assert np.isfinite(smoothed[20, 30, 30])
    assert np.isnan(smoothed).sum() < np.isnan(image).sum()


def test_normalised_equals_spm_far_from_edges():
    image = np.random.default_rng(0).normal(1, 0.1, (41, 41, 41))
    mask = np.ones(image.shape, dtype=bool)
    inside = (slice(15, 26),) * 3
    np.testing.assert_allclose(
        smooth_normalised(image, mask, 8.0, TWO_MM)[inside],
        smooth_zero_fill(image, 8.0, TWO_MM)[inside],
        rtol=1e-6,
    )


def test_an_impulse_is_widened_to_the_fwhm_on_anisotropic_voxels():
    sizes = np.array([1.0, 2.0, 4.0])
    image = np.zeros((81, 41, 41))
    image[40, 20, 20] = 1
    smoothed = smooth_zero_fill(image, 12.0, sizes)
    for axis, size in enumerate(sizes):
        others = tuple(a for a in range(3) if a != axis)
        line = smoothed.sum(axis=others)
        x = size * (np.arange(len(line)) - len(line) // 2)
        variance = (line * x**2).sum() / line.sum()
        # the Gaussian's variance and that of a triangle of two voxels
        expected = 12.0**2 / (8 * np.log(2)) + size**2 / 6
        assert variance == pytest.approx(expected, rel=0.01)


def test_nothing_defined_gives_nothing():
    image = np.full((5, 5, 5), np.nan)
    mask = np.ones(image.shape, dtype=bool)
    assert np.isnan(smooth_normalised(image, mask, 8.0, TWO_MM)).all()


def test_edges_choose_the_kernel_and_nothing_else_is_taken_for_one():
    ratio = np.random.default_rng(0).random((8, 9, 7)).astype(np.float32)
    ratio[:3] = np.nan
    brain = np.ones(ratio.shape, bool)
    about = brain, 6.0, TWO_MM
    normalised = smooth_normalised(ratio, *about)
    np.testing.assert_array_equal(smooth(ratio, *about, "normalised"), normalised)
    zero_fill = smooth_zero_fill(ratio, 6.0, TWO_MM)
    np.testing.assert_array_equal(smooth(ratio, *about, "zero_fill"), zero_fill)
    with pytest.raises(ValueError, match=r"smoothing\.edges is 'zerofill'"):
        smooth(ratio, *about, "zerofill")
