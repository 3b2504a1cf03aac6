import numpy as np
import pytest
from simulated_pair import dice, simulated_pair

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.template.brain_and_head import brain_maps, class_maps, icbm152
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS
from rt1t2.template.template_head import share_of
from rt1t2.tissue.contrast_checks import check_tissue_order
from rt1t2.tissue.segmentation import GREY_SHARE, segment


@pytest.fixture(scope="module")
def pair(head):
    return simulated_pair(head, 2, lesions=[((24, -10, 24), 13)], bias=False)


def run(pair, t1w=None, t2w=None):
    images = [
        image if data is None else image.like(data)
        for image, data in ((pair.t1w, t1w), (pair.t2w, t2w))
    ]
    return segment(*images, pair.prior, pair.lesion, "sub-01")


@pytest.fixture(scope="module")
def segmented(pair):
    return run(pair)


def test_brain_and_tissues_overlap_the_true_ones(pair, segmented):
    truth = pair.tissue
    grey = truth["gm"] + truth["striatum"] + 0.6 * truth["thalamus"]
    assert dice(segmented.brain, pair.brain) > 0.95
    assert dice(segmented.wm > 0.5, truth["wm"] > 0.5) > 0.88
    assert dice(segmented.gm > 0.5, grey > 0.5) > 0.82
    assert segmented.flags == []


def test_probabilities_stay_in_the_mask_and_below_one(segmented):
    total = segmented.gm + segmented.wm + segmented.csf
    assert not total[~segmented.brain].any()
    assert total.max() <= 1 + 1e-5
    assert np.median(total[segmented.brain]) > 0.99


def test_a_lesion_stays_in_the_brain(pair, segmented):
    inside = pair.lesion & pair.brain
    assert inside.sum() > 100
    assert segmented.brain[inside].mean() > 0.98


def test_the_lesion_does_not_change_tissue_elsewhere(pair, segmented):
    t2w = np.where(pair.lesion, 30 * np.nanmax(pair.t2w.data), pair.t2w.data)
    again = run(pair, t2w=t2w)
    assert np.array_equal(again.gm, segmented.gm)


def test_labels_of_the_head_name_the_true_tissues(pair, segmented):
    surest = {
        "air": "air",
        "vitreous": "eye",
        "fat": "fat",
        "wm": "brain",
        "temporalis": "temporalis",
    }
    for name, label in surest.items():
        sure = pair.prior.data[..., HEAD_CLASSES.index(name)] > 0.9
        assert sure.sum() > 10
        assert (segmented.head[sure] == HEAD_LABELS[label]).mean() > 0.85, name


def test_where_the_t2w_sees_nothing_the_t1w_decides(pair, segmented):
    t2w = pair.t2w.data.copy()
    top = np.nonzero(pair.brain.any(axis=(0, 1)))[0].max()
    t2w[:, :, top - 8 :] = np.nan
    cut = run(pair, t2w=t2w)
    unseen = np.zeros(pair.brain.shape, bool)
    unseen[:, :, top - 8 :] = True
    assert dice(cut.brain & unseen, pair.brain & unseen) > 0.85
    assert dice(cut.wm > 0.5, pair.tissue["wm"] > 0.5) > 0.88


def test_a_pole_whose_t2w_is_too_bright_is_not_cut(pair):
    """Left of a coil's fall-off: the T2w is too bright in front, the T1w looks like brain."""
    front = np.nonzero(pair.brain.any(axis=(0, 2)))[0].max()
    y = np.arange(pair.brain.shape[1])[:, None]
    t2w = pair.t2w.data * (1 + 0.6 * np.clip((y - front + 6) / 4, 0, 1))
    pole = np.zeros(pair.brain.shape, bool)
    pole[:, front - 4 :] = True
    matter = sum(pair.tissue[n] for n in ("gm", "wm")) > 0.8
    kept = run(pair, t2w=t2w).brain[matter & pole]
    assert kept.size > 50
    assert kept.mean() > 0.9


def test_exchanged_images_are_refused(pair):
    with pytest.raises(UserError, match=r"sub-01: the T1w looks like a T2w.*exchanged"):
        run(pair, np.nan_to_num(pair.t2w.data), pair.t1w.data)


def test_a_flair_is_refused(pair):
    dark_csf = 1 - 0.9 * np.clip(
        pair.prior.data[..., HEAD_CLASSES.index("csf")] * 2, 0, 1
    )
    with pytest.raises(UserError, match="sub-01: the T2w looks like a FLAIR"):
        run(pair, t2w=pair.t2w.data * dark_csf)


def test_a_head_of_a_childs_toy_is_refused(pair):
    small = pair.t1w.affine @ np.diag([0.6, 0.6, 0.6, 1.0])
    images = [Volume(v.data, small) for v in (pair.t1w, pair.t2w, pair.prior)]
    with pytest.raises(UserError, match=r"sub-01: the brain mask has \d+ ml"):
        segment(*images, pair.lesion, "sub-01")


def test_proton_density_is_flagged():
    medians = {"csf": (0.2, 1.25), "gm": (0.7, 1.15), "wm": (1.0, 1.0)}
    (flag,) = check_tissue_order(medians, "sub-01")
    assert "proton density" in flag


def test_a_t1w_given_as_t2w_is_refused():
    medians = {"csf": (0.2, 0.2), "gm": (0.7, 0.7), "wm": (1.0, 1.0)}
    with pytest.raises(UserError, match="the T2w looks like a T1w"):
        check_tissue_order(medians, "sub-01")


def test_grey_shares_are_those_of_the_template(head):
    maps = brain_maps(*icbm152(), 2.0)
    classes = Volume(class_maps(head), head.affine)
    grid = Volume(maps.gm, maps.affine)
    share = maps.gm / np.maximum(maps.gm + maps.wm, 1e-6)
    for name, expected in GREY_SHARE.items():
        inside = classes.like(share_of(classes, name)).on(grid).data > 0.5
        assert share[inside].mean() == pytest.approx(expected, abs=0.05), name
