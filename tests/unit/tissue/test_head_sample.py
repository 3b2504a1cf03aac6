import numpy as np
import pytest
from simulated_pair import simulated_pair

from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.head_sample import sample_priors, scaled_pair, tissue_priors
from rt1t2.tissue.mixture import BRIGHTEST, TISSUES


@pytest.fixture(scope="module")
def sampled(head):
    pair = simulated_pair(head, 1)
    return pair, *sample_priors(pair.prior, pair.t1w)


def test_air_is_left_out_and_nothing_of_the_brain(sampled):
    pair, voxels, classes = sampled
    assert 0.1 < len(voxels) / pair.t1w.data.size < 0.9
    assert np.isin(np.flatnonzero(pair.brain), voxels).all()
    np.testing.assert_allclose(classes.sum(axis=0), 1, atol=1e-3)


def test_every_class_belongs_to_one_tissue(sampled):
    _, _, classes = sampled
    tissues = tissue_priors(classes)
    np.testing.assert_allclose(tissues.sum(axis=0), classes.sum(axis=0), atol=1e-5)
    csf = classes[HEAD_CLASSES.index("csf")] + classes[HEAD_CLASSES.index("vitreous")]
    np.testing.assert_allclose(tissues[list(TISSUES).index("csf")], csf, atol=1e-6)


def test_white_matter_is_1_and_what_the_t2w_does_not_see_is_nan(sampled):
    pair, voxels, classes = sampled
    healthy = np.ones(len(voxels), bool)
    scaled, medians = scaled_pair(
        pair.t1w, pair.t2w, voxels, tissue_priors(classes), healthy, "sub-01"
    )
    white = pair.tissue["wm"].ravel()[voxels] > 0.95
    assert np.nanmedian(scaled[:, white], axis=1) == pytest.approx([1, 1], rel=0.1)
    assert medians["csf"][0] < medians["gm"][0] < medians["wm"][0]
    assert np.nanmax(scaled[1]) <= BRIGHTEST
    seen = np.isfinite(pair.t2w.data.ravel()[voxels])
    np.testing.assert_array_equal(np.isfinite(scaled[1]), seen)
