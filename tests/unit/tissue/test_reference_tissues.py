import numpy as np
import pytest
from simulated_pair import simulated_pair

from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS
from rt1t2.tissue.bias import estimate_bias, levels_under
from rt1t2.tissue.levels_reference import dark_fat
from rt1t2.tissue.reference_tissues import (
    LANDMARKS,
    PROBABILITIES,
    half_sample_mode,
    implausible_landmarks,
    landmark_flags,
    measure_landmarks,
    reference_record,
)
from rt1t2.tissue.segmentation import segment

LEVELS = {  # label: T1w, T2w
    "air": (3.0, 4.0),
    "csf": (20.0, 380.0),
    "bone": (8.0, 12.0),
    "soft": (62.0, 15.0),
    "temporalis": (60.0, 14.0),
    "fat": (190.0, 200.0),
    "eye": (18.0, 370.0),
    "brain": (100.0, 100.0),
}


@pytest.fixture(scope="module")
def head_of_slabs():
    """Slabs of tissue 10 mm thick around the brain, a ventricle in it, each with its level."""
    order = ["air", "fat", "soft", "bone", "brain", "csf", "brain", "temporalis", "eye"]
    slab = np.repeat(np.arange(len(order)), [5, 5, 5, 5, 18, 5, 18, 5, 5])
    shape = (len(slab), 14, 14)
    labels = np.array([HEAD_LABELS[name] for name in order], "u1")[slab]
    head = np.broadcast_to(labels[:, None, None], shape)
    rng = np.random.default_rng(0)
    t1w, t2w = (
        np.choose(slab, [LEVELS[name][i] for name in order])[:, None, None]
        + rng.normal(0, 1, shape)
        for i in (0, 1)
    )
    prior_of = {"soft": "muscle", "eye": "vitreous", "brain": "wm"}
    priors = np.zeros((*shape, len(HEAD_CLASSES)), "f4")
    for k, name in enumerate(order):
        priors[slab == k, ..., HEAD_CLASSES.index(prior_of.get(name, name))] = 1
    return t1w, t2w, head, priors


def measure(head_of_slabs, t2w=None, lesion=None):
    t1w, own_t2w, head, priors = head_of_slabs
    image = Volume(t1w, np.diag([2.0, 2.0, 2.0, 1.0]))
    return measure_landmarks(
        image,
        image.like(own_t2w if t2w is None else t2w),
        head,
        head == HEAD_LABELS["brain"],
        image.like(priors),
        np.zeros(head.shape, bool) if lesion is None else lesion,
    )


def test_every_class_gets_its_own_level(head_of_slabs):
    found = measure(head_of_slabs)
    wanted = dict(LEVELS, muscle=LEVELS["soft"])
    for name in ("csf", "fat", "bone", "temporalis", "eye"):
        assert found[name]["t1w"] == pytest.approx(wanted[name][0], abs=0.8), name
        assert found[name]["t2w"] == pytest.approx(wanted[name][1], abs=0.8), name
        assert found[name]["t1w_iqr"] == pytest.approx(1.35, abs=0.4)
        assert len(found[name]["t2w_quantiles"]) == len(PROBABILITIES)


def test_csf_under_the_skull_is_no_landmark(head_of_slabs):
    t1w, t2w, head, priors = head_of_slabs
    rim = np.flatnonzero(head[:, 0, 0] == HEAD_LABELS["brain"])[:4]
    head, priors = head.copy(), priors.copy()
    head[rim], priors[rim] = HEAD_LABELS["csf"], 0
    priors[rim, ..., HEAD_CLASSES.index("csf")] = 1
    found = measure((t1w, t2w, head, priors))["csf"]
    assert found["n_voxels"] == measure(head_of_slabs)["csf"]["n_voxels"]


def test_lesions_have_no_say(head_of_slabs):
    head = head_of_slabs[2]
    lesion = np.zeros(head.shape, bool)
    lesion[:, 7:] = True
    assert (
        measure(head_of_slabs, lesion=lesion)["csf"]["n_voxels"]
        < 0.6 * (measure(head_of_slabs)["csf"]["n_voxels"])
    )


def test_what_the_t2w_does_not_see_is_missing(head_of_slabs):
    _, t2w, head, _ = head_of_slabs
    cut = np.where(np.isin(head, [HEAD_LABELS["eye"]]), np.nan, t2w)
    found = measure(head_of_slabs, t2w=cut)
    assert found["eye"] is None
    assert any("eye" in flag for flag in landmark_flags(found, []))


@pytest.fixture(scope="module")
def plain_pair(head):
    return simulated_pair(head, 2, lesions=[((24, -10, 24), 13)], bias=False)


@pytest.fixture(scope="module")
def record(plain_pair):
    where = plain_pair.prior, plain_pair.lesion
    images = plain_pair.t1w, plain_pair.t2w
    bias = estimate_bias(*images, *where, "sub-01", "none", 1)
    mixture, doubts = levels_under(bias, *images, *where, "sub-01", 1)
    tissues = segment(*images, *where, "sub-01")
    return reference_record(*images, tissues, *where, mixture, doubts, "sub-01")


def test_csf_fat_and_muscle_have_the_levels_of_the_mixture(record):
    for name in ("csf", "fat", "muscle"):
        own = {image: record["Classes"][name][image] for image in ("t1w", "t2w")}
        assert own == record["Mixture"]["Levels"][name]
    assert "mixture" in record["Source"]
    assert record["Flags"] == []


def test_the_mixture_knows_the_level_of_white_matter(plain_pair, record):
    white = plain_pair.tissue["wm"] > 0.95
    level = record["Mixture"]["Levels"]["wm"]
    t1w, t2w = plain_pair.t1w.data[white], plain_pair.t2w.data[white]
    assert level["t1w"] == pytest.approx(np.median(t1w), rel=0.03)
    assert level["t2w"] == pytest.approx(np.nanmedian(t2w), rel=0.07)


def test_the_mode_is_where_most_values_are():
    rng = np.random.default_rng(3)
    sample = np.r_[rng.normal(10, 0.5, 3000), rng.uniform(0, 100, 3000)]
    assert half_sample_mode(sample) == pytest.approx(10, abs=0.3)
    skewed = rng.gamma(3, 1, 20_000)  # mode 2, median 2.67
    assert half_sample_mode(skewed) == pytest.approx(2, abs=0.3)


def entry(t1w, t2w):
    return {"t1w": t1w, "t2w": t2w}


GOOD = {
    "csf": entry(0.2, 3.7),
    "fat": entry(1.9, 2.0),
    "muscle": entry(0.63, 0.15),
    "bone": entry(0.05, 0.05),
    "eye": entry(0.19, 3.6),
    "temporalis": entry(0.63, 0.15),
    "air": entry(0.02, 0.02),
}
WM = {"wm": entry(1.0, 1.0)}


def flags_of(found):
    return landmark_flags(found, dark_fat(found | WM))


def test_a_plain_pair_has_no_flags():
    assert set(GOOD) == set(LANDMARKS)
    assert flags_of(GOOD) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fat": entry(1.9, 0.4)}, "T2w: fat is dark"),
        ({"fat": entry(1.9, 1.1), "muscle": entry(0.63, 1.0)}, "T2w: fat is dark"),
        ({"fat": entry(0.75, 2.0)}, "T1w: fat is dark"),
        ({"fat": entry(1.1, 2.0)}, "T1w: fat is dark"),
        ({"muscle": entry(1.2, 0.15)}, "contrast agent"),
        ({"csf": entry(0.2, 0.3)}, "CSF"),
    ],
)
def test_a_wrong_order_is_flagged(change, word):
    assert any(word in flag for flag in flags_of(GOOD | change))


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("eye", (0.02, 0.03)),  # air
        ("eye", (1.9, 2.2)),  # fat of the orbit
        ("eye", (0.1, 30.0)),
        ("temporalis", (0.2, 5.0)),
        ("bone", (0.9, 0.1)),
    ],
)
def test_a_class_that_cannot_be_what_it_is_called_is_named(name, levels):
    found = implausible_landmarks(GOOD | {name: entry(*levels)})
    assert list(found) == [name]
    (flag,) = landmark_flags(GOOD | {name: None}, [], found)
    assert flag.startswith(found[name])
    assert implausible_landmarks(GOOD) == {}
    assert implausible_landmarks(dict.fromkeys(GOOD)) == {}


def test_what_neither_image_measured_is_no_landmark(head_of_slabs):
    t1w, t2w, head, priors = head_of_slabs
    eye = head == HEAD_LABELS["eye"]
    for image in range(2):
        pair = [t1w, t2w]
        pair[image] = np.where(eye, 0, pair[image])
        assert measure((*pair, head, priors))["eye"] is None


@pytest.mark.parametrize("fat", [(1.0, 2.0), (1.9, 0.3), (0.7, 0.3)])
def test_dark_fat_is_not_taken_for_a_contrast_agent(fat):
    flags = flags_of(GOOD | {"fat": entry(*fat), "muscle": entry(1.2, 0.15)})
    assert flags
    assert not any("contrast agent" in flag for flag in flags)
