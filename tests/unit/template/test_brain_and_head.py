import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.template.brain_and_head import (
    brain_maps,
    check_brain_maps,
    class_maps,
    head_images,
    icbm152,
)
from rt1t2.template.head_classes import HEAD_CLASSES


@pytest.fixture(scope="module")
def icbm():
    return icbm152()


def at(data, affine, point_mm):
    return data[
        tuple(np.round((point_mm - affine[:3, 3]) / np.diag(affine)[:3]).astype(int))
    ]


def test_one_millimetre_is_the_icbm_average_itself(icbm):
    maps, affine = icbm
    part = (slice(60, 130), slice(80, 150), slice(60, 120))
    affine = affine.copy()
    affine[:3, 3] += (60, 80, 60)
    t1w, mask, gm, wm = (data[part] for data in maps)
    brain = brain_maps([t1w, mask, gm, wm], affine, 1.0)
    np.testing.assert_array_equal(brain.affine, affine)
    np.testing.assert_array_equal(brain.gm, gm)
    np.testing.assert_array_equal(brain.mask, mask > 0)
    scale = brain.t1w[brain.mask] / t1w[brain.mask]
    np.testing.assert_allclose(scale, scale[0], rtol=1e-5)


def test_coarse_template_keeps_volume_place_and_scale(icbm):
    brain = brain_maps(*icbm, 3.0)
    assert brain.mask.sum() * 27 / 1000 == pytest.approx(1883, rel=0.01)  # mL
    assert at(brain.wm, brain.affine, (-27, -24, 27)) > 0.9  # corona radiata
    assert at(brain.gm, brain.affine, (-12, -18, 9)) > 0.5  # thalamus
    assert at(brain.gm, brain.affine, (12, -18, 9)) > 0.5
    assert np.median(brain.t1w[brain.wm > 0.95]) == pytest.approx(1, abs=0.03)
    assert not brain.t1w[~brain.mask].any()


def test_classes_add_up_and_know_where_they_are(head):
    maps = class_maps(head)
    assert maps.shape == (*head.brain.shape, len(HEAD_CLASSES))
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-5)

    def share(name, point_mm):
        return at(maps[..., HEAD_CLASSES.index(name)], head.affine, point_mm)

    assert share("vitreous", (34, 58, -40)) > 0.8
    assert share("deep", (11, -19, 8)) > 0.8
    assert share("stem", (18, -4, 0)) > 0.5  # pallidum
    assert share("air", (0, 108, 90)) == 1
    assert share("stem", (10, -28, -32)) > share("wm", (10, -28, -32))  # pons
    # the cord is no brain
    below = head.affine[2, 3] + 4.0 * np.arange(maps.shape[2]) < -100
    assert maps[:, :, below, HEAD_CLASSES.index("stem")].max() < 0.1


def test_every_tissue_of_the_head_belongs_to_a_class(head):
    maps = class_maps(head)
    for name in ("air", "bone", "csf", "temporalis", "fat"):
        parts = ("fat", "marrow") if name == "fat" else (name,)
        expected = sum(head.fractions[part] for part in parts)
        np.testing.assert_allclose(
            maps[..., HEAD_CLASSES.index(name)], expected, atol=1e-4
        )


def test_head_images_have_the_contrasts_of_mprage_and_tse(head):
    t1w, t2w = head_images(head)
    white = head.fractions["wm"] > 0.99
    eye = head.fractions["vitreous"] > 0.95
    fat = head.fractions["fat"] > 0.95
    np.testing.assert_allclose(t1w[white], 1, atol=0.02)
    np.testing.assert_allclose(t2w[white], 1, atol=0.02)
    assert t1w[fat].mean() > 1.5
    assert t1w[eye].mean() < 0.3
    assert t2w[eye].mean() > 3


def test_a_brain_that_is_not_in_mni_space_is_refused(icbm, head):
    maps, affine = icbm
    check_brain_maps(brain_maps(maps, affine, 4.0), head)
    moved = affine.copy()
    moved[:3, 3] += (0, 40, 0)
    with pytest.raises(UserError, match="MNI"):
        check_brain_maps(brain_maps(maps, moved, 4.0), head)
