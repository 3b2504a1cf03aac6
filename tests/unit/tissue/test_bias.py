import numpy as np
import pytest
from scipy import ndimage
from simulated_pair import simulated_pair

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import save
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.bias import (
    SPACING_MM,
    BiasEstimate,
    correct_bias,
    estimate_bias,
    levels_under,
    read_estimate,
)
from rt1t2.tissue.bias_fields import subsampled
from rt1t2.tissue.fit_images import fit_images
from rt1t2.tissue.joint_bias import fit_levels
from rt1t2.tissue.transmit_response import log_response, response_of_head


@pytest.fixture(scope="module")
def pair(head):
    return simulated_pair(head, 1, lesions=[((24, -10, 24), 13)])


def correct(pair, method="joint", t1w=None, t2w=None):
    """Return both corrected images, and the estimate."""
    images = [
        image if data is None else image.like(data)
        for image, data in ((pair.t1w, t1w), (pair.t2w, t2w))
    ]
    bias = estimate_bias(*images, pair.prior, pair.lesion, "sub-01", method, 7)
    corrected = correct_bias(bias, *images)
    return (*(image.data for image in corrected), bias)


def levels(pair, bias, t1w=None, t2w=None):
    """Return the levels of the mixture under an estimate's fields."""
    images = [
        image if data is None else image.like(data)
        for image, data in ((pair.t1w, t1w), (pair.t2w, t2w))
    ]
    return levels_under(bias, *images, pair.prior, pair.lesion, "sub-01", 7)[0].levels


@pytest.fixture(scope="module")
def corrected(pair):
    return correct(pair)


def regional_error(pair, t1w, t2w):
    """SD over the white matter of the smoothed error of the log ratio."""
    white = (pair.tissue["wm"] > 0.9) & np.isfinite(t2w) & (pair.truth_ratio > 0)
    white &= ~pair.lesion
    error = np.zeros(t1w.shape)
    error[white] = np.log(t1w[white] / t2w[white] / pair.truth_ratio[white])
    weight = ndimage.gaussian_filter(white.astype(float), 4)
    return (ndimage.gaussian_filter(error, 4)[white] / weight[white]).std()


def test_the_joint_fit_removes_most_of_the_ratios_own_field(pair, corrected):
    before = regional_error(pair, pair.t1w.data, pair.t2w.data)
    after = regional_error(pair, *corrected[:2])
    assert before > 0.04
    assert after < 0.65 * before  # the rest is the T2w's thick slices


def test_a_scanners_gain_has_no_part_in_the_field(pair, corrected):
    scaled = {"t1w": 275 * pair.t1w.data, "t2w": 0.1 * pair.t2w.data}
    t1w, t2w, bias = correct(pair, **scaled)
    np.testing.assert_allclose(t1w / 275, corrected[0], rtol=1e-2)
    np.testing.assert_allclose(10 * t2w, corrected[1], rtol=1e-2)
    white = levels(pair, bias, **scaled)["wm"]["t1w"]
    gain = white / levels(pair, corrected[2])["wm"]["t1w"]
    assert gain == pytest.approx(275, rel=1e-3)


def test_a_field_on_a_coarser_grid_is_interpolated(pair):
    image = pair.t1w.like(np.ones(pair.t1w.shape))
    x = np.indices((8, 8, 8))[0]
    fields = np.stack([np.log(2) * x, 0 * x], axis=-1)
    coarse = Volume(fields, pair.t1w.affine @ np.diag([2.0, 2, 2, 1]))
    bias = BiasEstimate(coarse, {"Offset": {"T1w": 0.0, "T2w": 0.0}})
    halved = correct_bias(bias, image, image)[0].data
    assert halved[:3, 0, 0] == pytest.approx([1, 2**-0.5, 0.5])


def test_what_the_t2w_does_not_see_stays_undefined(pair, corrected):
    assert np.array_equal(np.isnan(corrected[1]), np.isnan(pair.t2w.data))
    assert np.isfinite(corrected[0]).all()


def test_the_content_of_a_lesion_changes_nothing_outside(pair, corrected):
    t2w = np.where(pair.lesion, 20 * np.nanmax(pair.t2w.data), pair.t2w.data)
    again = correct(pair, t1w=np.where(pair.lesion, 0, pair.t1w.data), t2w=t2w)[0]
    outside = ~pair.lesion
    np.testing.assert_allclose(again[outside], corrected[0][outside], rtol=1e-5)


def test_what_lies_under_the_skull_does_not_touch_the_scale(pair, corrected):
    film = (pair.prior.data[..., HEAD_CLASSES.index("csf")] > 0.3) & ~pair.brain
    t1w = np.where(film, 1.5 * pair.t1w.data, pair.t1w.data)
    t2w = np.where(film, 0.4, 1) * pair.t2w.data
    again = levels(pair, correct(pair, t1w=t1w, t2w=t2w)[2], t1w, t2w)

    def white_matter(level):
        ratio = {name: level[name]["t1w"] / level[name]["t2w"] for name in level}
        return ratio["wm"] / np.sqrt(ratio["csf"] * ratio["fat"])

    before = white_matter(levels(pair, corrected[2]))
    assert white_matter(again) == pytest.approx(before, rel=0.015)


def test_levels_are_in_units_of_the_corrected_images(pair, corrected):
    white = pair.tissue["wm"] > 0.95
    level = levels(pair, corrected[2])["wm"]
    assert level["t1w"] == pytest.approx(np.median(corrected[0][white]), rel=0.03)
    assert level["t2w"] == pytest.approx(np.nanmedian(corrected[1][white]), rel=0.07)


def test_none_leaves_the_images_alone(pair):
    t1w, t2w, bias = correct(pair, "none")
    np.testing.assert_array_equal(t1w, pair.t1w.data)
    np.testing.assert_array_equal(t2w, pair.t2w.data)
    assert bias.record["FieldSD"]["Ratio"] == 0


def test_a_t2w_of_something_else_is_refused(pair):
    with pytest.raises(UserError, match="sub-01: the T2w shows nothing of the brain"):
        correct(pair, t2w=np.full_like(pair.t2w.data, np.nan))


def test_a_strong_field_of_the_ratio_is_flagged(pair):
    x = np.linspace(-2, 2, pair.t1w.shape[0])[:, None, None]
    _, _, bias = correct(pair, "n4", t1w=pair.t1w.data * np.exp(x))
    assert bias.record["FieldSD"]["Ratio"] > 0.3
    assert any("field of the ratio varies" in flag for flag in bias.record["Flags"])


def test_after_n4_levels_are_drawn_from_the_corrected_images(pair):
    """As if the corrected pair had come from the scanner, and had no field."""
    t1w, t2w, bias = correct(pair, "n4")
    found, _ = levels_under(
        bias, pair.t1w, pair.t2w, pair.prior, pair.lesion, "sub-01", 7
    )
    corrected = pair.t1w.like(t1w), pair.t2w.like(t2w), pair.prior, pair.lesion
    nothing = np.zeros(pair.t1w.shape, "f4")
    wanted = fit_levels(fit_images(*corrected, "sub-01"), nothing, nothing, 7)
    for name in ("csf", "fat", "wm"):
        for image in ("t1w", "t2w"):
            level = wanted.levels[name][image]
            assert found.levels[name][image] == pytest.approx(level, rel=0.01), name


def test_a_doubt_about_levels_is_told_once(pair):
    """With few voxels of fat: by the joint fit itself, or by the levels that follow."""
    fat = pair.prior.data[..., HEAD_CLASSES.index("fat")] > 0.02
    prior = pair.prior.like(pair.prior.data.copy())
    prior.data[fat] = 0
    prior.data[fat, HEAD_CLASSES.index("air")] = 1
    where = pair.t1w, pair.t2w, prior, pair.lesion, "sub-01"
    for method in ("joint", "none"):
        bias = estimate_bias(*where, method, 7)
        _, doubts = levels_under(bias, *where, 7)
        told = [flag for flag in (*bias.record["Flags"], *doubts) if "of fat" in flag]
        assert len(told) == 1, method


def test_fields_of_ones_own_need_their_record(pair, tmp_path):
    path = tmp_path / "sub-01_desc-bias_fields.nii.gz"
    record = {"Method": "own", "Offset": {"T1w": 0, "T2w": 0}}
    save(np.zeros((4, 4, 4, 2), "f4"), np.eye(4), path, record)
    with pytest.raises(UserError, match=r"^sub-01: .*bias_fields\.json lacks BrainMed"):
        read_estimate(path, "sub-01")
    record["BrainMedian"] = {"T1w": 100.0, "T2w": 90.0}
    save(np.zeros((4, 4, 4, 2), "f4"), np.eye(4), path, record)
    assert read_estimate(path, "sub-01").record["Method"] == "own"


def test_a_measured_transmit_field_leaves_no_trace_in_the_fields(pair):
    """Fat answers a dome otherwise than the brain; the fit has to find the same fields."""
    sequences = sequences_of({"T1w": {"RepetitionTime": 0.25, "FlipAngle": 80.0}})
    shape, prior = pair.brain.shape, pair.prior.data
    away = np.indices(shape).T - np.array(shape) / 2
    dome = (1.12 - 0.3 * (3 * np.linalg.norm(away, axis=-1).T / 90) ** 2).clip(0.6)
    scanned = log_response(dome, sequences)
    for name in ("fat", "muscle", "csf", "temporalis", "vitreous"):
        of_tissue = prior[..., HEAD_CLASSES.index(name)] > 0.5
        scanned[of_tissue] = log_response(dome, sequences, (name,))[of_tissue]
    t1w, t2w = (
        image.like(image.data * np.exp(scanned[..., k]))
        for k, image in enumerate((pair.t1w, pair.t2w))
    )
    known = response_of_head(dome, prior, sequences)
    where = pair.prior, pair.lesion, "sub-01", "joint", 7
    plain = estimate_bias(pair.t1w, pair.t2w, *where)
    found = estimate_bias(t1w, t2w, *where, known)
    taken, brain = (
        subsampled(pair.prior.like(values), SPACING_MM).data
        for values in (known.brain, pair.brain.astype("f4")[..., None])
    )
    left = found.log_fields.data - taken - plain.log_fields.data
    rms = np.sqrt((left[brain[..., 0] > 0.5] ** 2).mean(axis=0))
    assert rms.max() < 0.01  # 0.05 if every tissue is taken to answer as the brain
