import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.priors import carry_classes, head_prior, inverse_head_displacement


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


@pytest.fixture(scope="module")
def carried(head, scan):
    t1w = scan.t1w.copy()
    t1w[:, :, :8] = 0  # air below, as if the field of view were folded out
    image = Volume(t1w, scan.t1w_affine)
    template, classes = (
        Volume(data, head.affine) for data in (head_images(head)[0], class_maps(head))
    )
    field = inverse_head_displacement(
        image, template, classes, np.linalg.inv(scan.world_to_template)
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
    found = head_prior(
        Volume(scan.t1w, scan.t1w_affine),
        *(
            Volume(data, head.affine)
            for data in (head_images(head)[0], class_maps(head))
        ),
        np.linalg.inv(scan.world_to_template),
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
