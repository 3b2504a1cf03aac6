import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.volume import Volume
from rt1t2.template.brain_and_head import CLASS_PARTS, class_maps
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA
from rt1t2.template.template_head import share_of
from rt1t2.tissue.priors import (
    carry_classes,
    head_prior,
    inverse_head_displacement,
    participant_levels,
)


def test_without_displacement_the_affine_alone_carries_the_classes(head):
    classes = Volume(class_maps(head), head.affine)
    affine = head.affine.copy()
    affine[:3, 3] += (10, 0, -6)  # the participant lies 10 mm right and 6 mm down
    to_template = np.eye(4)
    to_template[:3, 3] = (-10, 0, 6)
    no_field = Volume(np.zeros((3, 3, 3, 3), dtype=np.float32), np.eye(4))
    shape = head.brain.shape
    priors = carry_classes(classes, no_field, to_template, affine, shape, 0.001)
    np.testing.assert_allclose(priors, classes.data, atol=1e-3)


def test_beyond_the_template_the_nearest_voxel_counts(head):
    classes = Volume(class_maps(head), head.affine)
    affine = head.affine.copy()
    affine[2, 3] -= 40  # 40 mm further down the neck
    no_field = Volume(np.zeros((3, 3, 3, 3), dtype=np.float32), np.eye(4))
    priors = carry_classes(classes, no_field, np.eye(4), affine, head.brain.shape)
    neck = priors[:, :, 0, HEAD_CLASSES.index("air")] < 0.5
    assert neck.sum() * 16 / 100 > 50  # cm²
    np.testing.assert_array_equal(priors[:, :, 0], priors[:, :, 9])


def mprage_levels(scan):
    """T1w level of every class, white matter = 1, as the scan was simulated."""
    signals = {name: t1w for name, (t1w, _) in scan.signals.items()}
    means = [np.mean([signals[part] for part in CLASS_PARTS[c]]) for c in HEAD_CLASSES]
    return np.array(means, np.float32) / np.float32(signals["wm"])


@pytest.fixture(scope="module")
def carried(head, scan):
    t1w = scan.t1w.copy()
    t1w[:, :, :8] = 0  # air below, as if the field of view were folded out
    image = Volume(t1w, scan.t1w_affine)
    classes = Volume(class_maps(head), head.affine)
    levels = mprage_levels(scan)
    field = inverse_head_displacement(
        image.like(t1w / np.percentile(t1w, 90)),
        levels,
        classes,
        np.linalg.inv(scan.world_to_template),
    )
    return [
        carry_classes(
            classes,
            field.like(factor * field.data),
            scan.world_to_template,
            scan.t1w_affine,
            t1w.shape,
        )
        for factor in (1, 0)
    ]


def test_priors_are_probabilities_that_sum_to_exactly_1(carried):
    priors = carried[0]
    assert priors.min() >= 0
    np.testing.assert_array_equal(priors.sum(axis=-1), 1)
    np.testing.assert_array_equal(priors * 4096 % 1, 0)


def test_displacement_brings_priors_nearer_to_the_truth(carried, head, scan):
    truth = np.stack(
        [scan.sample(m) for m in np.moveaxis(class_maps(head), -1, 0)], axis=-1
    )
    brain = scan.sample(head.brain.astype(np.float32)) > 0.5
    agreement = [(priors * truth)[brain].sum(axis=-1).mean() for priors in carried]
    assert agreement[0] > agreement[1] + 0.01


def test_priors_cover_the_scan_and_know_its_tissues(head, scan):
    t1w = Volume(scan.t1w, scan.t1w_affine)
    t2w = Volume(scan.t2w, scan.t2w_affine).on(t1w, scan.t2w_to_t1w, outside=np.nan)
    found = head_prior(
        t1w,
        t2w,
        Volume(class_maps(head), head.affine),
        np.linalg.inv(scan.world_to_template),
        "sub-01",
        1,
        voxel_mm=4.0,
    )
    priors, affine = found.prior.data, found.prior.affine
    assert 0 < np.median(found.displacement_mm) < found.displacement_mm.max() < 25
    assert priors.shape[3] == len(HEAD_CLASSES)
    extent = np.array(priors.shape[:3]) * 4.0
    assert (extent >= np.array(scan.t1w.shape) * 3.0 - 0.1).all()
    np.testing.assert_array_equal(priors.sum(axis=-1), 1)
    # every class is likelier where it truly is than elsewhere
    points = np.indices(priors.shape[:3]).reshape(3, -1).astype(np.float32)
    where = scan.warp.to_template(affine, points)
    voxels = np.round((where - head.affine[:3, 3:]) / 4).astype(int)
    inside = ((voxels >= 0) & (voxels < np.c_[list(head.brain.shape)])).all(axis=0)
    truth = class_maps(head)[tuple(voxels[:, inside])]
    found = priors.reshape(-1, len(HEAD_CLASSES))[inside]
    for index, name in enumerate(HEAD_CLASSES):
        here = truth[:, index] > 0.5
        assert found[here, index].mean() > 4 * found[~here, index].mean(), name


# voxels of 3 mm hold fat and its neighbours: bright fat is measured too dark
@pytest.mark.parametrize(("fat", "measured"), [(0.4, 0.5), (1.8, 1.5)])
def test_levels_are_the_participants_own(head, scan, fat, measured):
    """Fat as dark as muscle or twice as bright as white matter is measured as it is."""
    true_fat = scan.sample(head.fractions["fat"]) > 0.5
    white = np.median(scan.t1w[scan.sample(head.fractions["wm"]) > 0.9])
    t1w = np.where(true_fat, fat * white, scan.t1w).astype(np.float32)
    t1w = Volume(t1w, scan.t1w_affine)
    t2w = Volume(scan.t2w, scan.t2w_affine).on(t1w, scan.t2w_to_t1w, outside=np.nan)
    classes = class_maps(head)
    smooth = ndimage.gaussian_filter(classes, (1, 1, 1, 0))
    prior = np.stack([scan.sample(c) for c in np.moveaxis(smooth, -1, 0)], axis=-1)
    prior[..., HEAD_CLASSES.index("air")] += 1 - prior.sum(axis=-1)
    flat, levels = participant_levels(
        t1w, t2w, t1w.like(prior.astype(np.float32)), "sub-01", 1
    )
    assert levels[HEAD_CLASSES.index("fat")] == pytest.approx(measured, abs=0.15)
    assert levels[HEAD_CLASSES.index("wm")] == pytest.approx(1, rel=0.05)
    in_wm = scan.sample(head.fractions["wm"]) > 0.95
    assert np.std(flat.data[in_wm]) < np.std(scan.t1w[in_wm] / white)


def test_dark_fat_does_not_pull_the_brain(head, scan):
    """With fat as dark as grey matter the displacement stays as small as with bright fat."""
    true_fat = scan.sample(head.fractions["fat"] + head.fractions["marrow"]) > 0.5
    white = np.median(scan.t1w[scan.sample(head.fractions["wm"]) > 0.9])
    classes = Volume(class_maps(head), head.affine)
    truth = scan.sample(head.brain.astype(np.float32)) > 0.5
    found = {}
    for name, t1w in {
        "bright": scan.t1w,
        "dark": np.where(true_fat, 0.6 * white, scan.t1w).astype(np.float32),
    }.items():
        image = Volume(t1w, scan.t1w_affine)
        t2w = Volume(scan.t2w, scan.t2w_affine)
        t2w = t2w.on(image, scan.t2w_to_t1w, outside=np.nan)
        where = np.linalg.inv(scan.world_to_template)
        prior = head_prior(image, t2w, classes, where, "sub-01", 1, voxel_mm=3.0).prior
        brain = share_of(prior, *PARENCHYMA, "csf")
        found[name] = Volume(brain, prior.affine).on(image).data > 0.5
    missed = {name: (truth & ~mask).sum() / truth.sum() for name, mask in found.items()}
    assert missed["dark"] < missed["bright"] + 0.01
