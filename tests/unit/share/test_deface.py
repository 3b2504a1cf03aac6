"""Posed heads lose the face and nothing of the brain."""

import numpy as np
import pytest
from posed_face import nearest_affine, truth_on

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.share.deface import check_brain, deface, find_defacing
from rt1t2.simulate.cropping import cut_field_of_view
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.simulate.pose import rigid

POSES = [  # turn (degrees), slice planes, what is cut
    ((0, 0, 0), ("axial", "axial"), None),
    ((28, -20, 25), ("sagittal", "coronal"), None),
    ((-25, 25, -28), ("coronal", "axial"), ("below", -10.0)),
    ((20, 10, 30), ("axial", "sagittal"), ("front", 2.0)),
]


@pytest.fixture(scope="module", params=range(len(POSES)))
def posed(head, request):
    """Return a turned person: both images in the world of the T1w, truth, and the defacing."""
    turn, planes, cut = POSES[request.param]
    scan = simulate_scan(
        head,
        request.param,
        t1w_voxel_mm=3.0,
        t2w_voxel_mm=(2.0, 2.0, 4.0),
        planes=planes,
    )
    if cut:
        scan = cut_field_of_view(scan, head, *cut)
    moved = rigid(turn, (30, -20, 10))
    t1w = Volume(scan.t1w, moved @ scan.t1w_affine)
    t2w = Volume(scan.t2w, moved @ scan.t2w_affine)
    face, brain = truth_on(t1w, moved, scan, head, "T1w")
    truths = {"T1w": (face, brain), "T2w": truth_on(t2w, moved, scan, head, "T2w")}
    to_t1w = nearest_affine(t1w, moved, scan, brain)
    back = moved @ np.linalg.inv(scan.t2w_to_t1w) @ np.linalg.inv(moved)
    images = {"T1w": t1w, "T2w": t2w.moved(back)}
    template_brain = Volume(head.brain, head.affine)
    defacing = find_defacing(t1w.like(brain), template_brain, to_t1w)
    return images, truths, defacing


@pytest.mark.parametrize("which", ["T1w", "T2w"])
def test_the_face_is_gone_and_the_brain_is_untouched(posed, which):
    images, truths, defacing = posed
    image, (face, brain) = images[which], truths[which]
    after = deface(image, defacing.cleared(image))
    assert face.any()
    assert not after[face].any()
    np.testing.assert_array_equal(after[brain], image.data[brain])
    assert defacing.changed_in_brain(image, after) == 0
    kept = after != 0
    assert kept.sum() > brain.sum()  # the vault stays


def test_the_ratio_inside_the_brain_is_unchanged(posed):
    images, (_, brain), defacing = posed[0], posed[1]["T1w"], posed[2]
    t1w = images["T1w"]
    t2w = images["T2w"].on(t1w, outside=np.nan)
    no_lesion = np.zeros(t1w.shape, bool)
    cleared = defacing.cleared(t1w)
    before = t1w_t2w_ratio(t1w.data, t2w.data, brain, no_lesion)
    after = t1w_t2w_ratio(deface(t1w, cleared), deface(t2w, cleared), brain, no_lesion)
    np.testing.assert_array_equal(after[0], before[0])
    assert after[1:] == before[1:]


def test_the_type_of_the_values_stays_and_what_was_undefined_in_the_face_is_0(posed):
    image, defacing = posed[0]["T1w"], posed[2]
    counts = image.like(np.full(image.shape, 7, np.int16))
    cleared = defacing.cleared(counts)
    assert deface(counts, cleared).dtype == np.int16
    undefined = image.like(np.full(image.shape, np.nan, np.float32))
    assert (deface(undefined, cleared)[cleared] == 0).all()
    assert np.isnan(deface(undefined, cleared)[~cleared]).all()


def test_a_changed_voxel_of_the_brain_is_an_error_that_names_the_participant(posed):
    image, (_, brain), defacing = posed[0]["T1w"], posed[1]["T1w"], posed[2]
    check_brain(image, image.data.copy(), defacing, "sub-07, T1w")
    after = image.data.copy()
    after[tuple(np.argwhere(brain)[100])] += 1
    with pytest.raises(UserError, match=r"sub-07, T1w: defacing changed 1 voxels"):
        check_brain(image, after, defacing, "sub-07, T1w")


def test_a_thick_slice_that_only_reaches_into_the_brain_is_kept(posed):
    image, (_, brain), defacing = posed[0]["T1w"], posed[1]["T1w"], posed[2]
    coarse = image.reduced_to(24.0)
    kept = ~defacing.cleared(coarse)
    share = image.like(brain.astype(np.float32)).on(coarse).data
    assert kept[share > 0.5].all()
    assert defacing.changed_in_brain(coarse, deface(coarse, ~kept)) == 0


def test_a_mask_that_spills_or_ends_early_neither_keeps_the_face_nor_costs_brain():
    grid = np.diag([2.0, 2.0, 2.0, 1.0])
    grid[:3, 3] = -80
    x, y, z = np.moveaxis(np.indices((80, 80, 80)) * 2.0 - 80, 0, 0)
    template = Volume(np.hypot(np.hypot(x, y), z) < 50, grid)
    front = np.hypot(np.hypot(x, y - 56), z + 20) < 9
    spilled = template.data | front  # 15 mm into the orbit
    short = template.data & (y < 47)
    image = template.like(np.ones(template.shape, np.float32))
    for mask in (spilled, short):
        defacing = find_defacing(template.like(mask), template, np.eye(4))
        cleared = defacing.cleared(image)
        assert not (cleared & template.data).any()
        assert not (cleared & mask).any()
    radius = np.hypot(np.hypot(x, y), z)
    ventral = (z < 0) & (y > 0)
    expected = (spilled, radius > 59, 0, 3.6), (short, radius < 52, 4.6, 5.9)
    for mask, far, least_mm, most_mm in expected:
        defacing = find_defacing(template.like(mask), template, np.eye(4))
        cleared, to_mask = defacing.cleared(image), defacing.to_brain_mm.data
        beyond = defacing.face.on(grid, image.shape) & far & ventral
        assert to_mask[beyond & ~cleared].max() <= most_mm
        assert not (cleared & beyond & (to_mask < least_mm)).any()
