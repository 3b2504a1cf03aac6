import numpy as np
import pytest
from scipy import ndimage
from simulated_pair import simulated_pair

from rt1t2.errors import UserError
from rt1t2.geometry.resampling import SD_PER_FWHM
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.fit_images import fit_images


@pytest.fixture(scope="module")
def pair(head):
    return simulated_pair(head, 1, lesions=[((24, -10, 24), 13)])


def test_lesion_air_and_what_the_t2w_does_not_see_are_left_out(pair):
    images = fit_images(pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01")
    assert pair.lesion.any()
    assert not images.mask[pair.lesion].any()
    assert not images.mask[np.isnan(pair.t2w.data)].any()
    assert not (images.mask & images.air).any()
    assert (images.mask[images.brain]).all()
    free = pair.brain & ~pair.lesion & np.isfinite(pair.t2w.data)
    assert images.mask[free].mean() > 0.95
    assert np.isfinite(images.t2w).all()


def test_on_a_coarser_prior_the_images_are_averaged_onto_its_grid(pair):
    coarse = Volume(
        pair.prior.data[::2, ::2, ::2], pair.prior.affine @ np.diag([2.0, 2, 2, 1])
    )
    images = fit_images(pair.t1w, pair.t2w, coarse, pair.lesion, "sub-01")
    assert images.t1w.shape == images.mask.shape == coarse.shape
    smooth = ndimage.gaussian_filter(pair.t1w.data, np.sqrt(3) * SD_PER_FWHM)
    inner = images.brain.copy()
    np.testing.assert_allclose(
        images.t1w[inner], smooth[::2, ::2, ::2][inner], rtol=0.02
    )


def test_divided_by_a_field(pair):
    images = fit_images(pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01")
    field = np.full(pair.t1w.shape, np.log(2), "f4")
    halved = images.over(field, 0 * field)
    np.testing.assert_allclose(halved.t1w, images.t1w / 2, rtol=1e-6)
    np.testing.assert_array_equal(halved.t2w, images.t2w)


def test_an_offset_is_taken_off_but_nothing_falls_below_zero(pair):
    images = fit_images(pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01")
    lower = images.minus(10.0, 0.0)
    bright = images.t1w > 10
    np.testing.assert_allclose(lower.t1w[bright], images.t1w[bright] - 10)
    assert lower.t1w.min() == 0
    np.testing.assert_array_equal(lower.t2w, images.t2w)


def test_a_t2w_of_something_else_is_refused(pair):
    nothing = pair.t2w.like(np.full(pair.t2w.shape, np.nan))
    with pytest.raises(UserError, match="sub-01: the T2w shows nothing of the brain"):
        fit_images(pair.t1w, nothing, pair.prior, pair.lesion, "sub-01")
