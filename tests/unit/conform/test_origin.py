"""Where a head and its commissure lie."""

from dataclasses import replace

import numpy as np
import pytest

from rt1t2.conform import origin as origin_module
from rt1t2.conform.origin import (
    AC_TEMPLATE_MM,
    HeadAlignment,
    find_origin,
    parse_ac,
)
from rt1t2.conform.participant import register_t2w
from rt1t2.conform.resample import conform_t1w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import Alignment
from rt1t2.simulate.phantom import simulate_scan

VOXEL_MM = 3.0


def reversed_first_axis(shape):
    """Return the voxel matrix of an image whose first axis is stored in reverse."""
    return translation([shape[0] - 1, 0, 0]) @ np.diag([-1.0, 1, 1, 1])


def true_ac_mm(scan):
    return scan.warp.from_template(AC_TEMPLATE_MM)


def test_a_turned_head_in_other_slices_with_axes_reversed(head, template_head):
    """Turned 25 degrees about every axis; left and right stay what they are."""
    scan = simulate_scan(
        head,
        seed=5,
        t1w_voxel_mm=3.0,
        t2w_voxel_mm=(2.0, 2.0, 4.0),
        turn_deg=(-25.0, 25.0, 25.0),
        planes=("sagittal", "coronal"),
    )
    t1w, t2w = (
        Volume(data[::-1], affine @ reversed_first_axis(data.shape))
        for data, affine in ((scan.t1w, scan.t1w_affine), (scan.t2w, scan.t2w_affine))
    )
    origin = find_origin(t1w, t2w, template_head, "sub-01", None)
    assert np.linalg.norm(origin.ac_mm - true_ac_mm(scan)) < 3
    to_scanner = origin.alignment.template.matrix
    for side_mm in (-45.0, 45.0):
        point = np.array([side_mm, -20.0, 5.0])
        truth = scan.warp.from_template(point)
        assert np.linalg.norm(apply(to_scanner, point) - truth) < 10
    conformed, _ = conform_t1w(t1w, origin.ac_mm, VOXEL_MM)
    _, to_t2w, _ = register_t2w(conformed, t2w, template_head, origin, "sub-01")
    brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)[::23]
    brain = apply(scan.t1w_affine, brain.astype(float))
    error = apply(to_t2w, brain - origin.ac_mm) - apply(scan.t2w_to_t1w, brain)
    assert np.linalg.norm(error, axis=1).mean() < 0.5


@pytest.mark.parametrize(("shift_mm", "believed"), [(4.0, True), (30.0, False)])
def test_a_fit_around_the_commissure_that_goes_astray_is_not_believed(
    shift_mm, believed
):
    head = Alignment(translation([10, 20, 30]), 0.5, 1.0)
    local = translation([10, 20, 30 + shift_mm])
    ac_mm = apply(local if believed else head.matrix, AC_TEMPLATE_MM)
    np.testing.assert_allclose(HeadAlignment(head, head, local).ac_mm, ac_mm)


@pytest.mark.parametrize("nothing", [None, "n/a", ""])
def test_no_manual_commissure(nothing):
    assert parse_ac(nothing, "sub-01") is None


@pytest.mark.parametrize("value", ["1,2,-3.5", " 1, 2,-3.5", [1, 2, -3.5]])
def test_a_manual_commissure(value):
    np.testing.assert_array_equal(parse_ac(value, "sub-01"), [1, 2, -3.5])


@pytest.mark.parametrize("value", ["1,2", "1;2;3", "1,2,nan", "front", [1, 2]])
def test_a_manual_commissure_that_is_none(value):
    with pytest.raises(UserError, match=r"sub-07: ac_mm is .* x,y,z"):
        parse_ac(value, "sub-07")


# Anterior commissures by eye, in T1w scanner mm: where its dark band in the T2w and the bridge
# between the white matter of both sides in the T1w cross the midline.
COMMISSURES = {
    "openms-01_s1": [1.2, 7.4, -9.6],
    "openms-01_s2": [-0.2, 5.5, -16.3],
    "openms-04_s1": [-6.1, 20.8, 13.6],
    "tcga-FG-6692": [1.4, 27.1, 23.3],
}


def test_exchanged_images_are_named(scan, template_head):
    t1w, t2w = Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)
    with pytest.raises(
        UserError, match=r"sub-01: T1w and T2w are exchanged: .*t1w and t2w"
    ):
        find_origin(t2w, t1w, template_head, "sub-01", None)


def test_exchanged_images_are_named_though_no_position_fits(
    scan, template_head, monkeypatch
):
    """A T2w in the T1w's place may not align at all; the two in each other's place do."""
    t1w, t2w = Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)
    align = origin_module.align_head

    def no_gap_when_exchanged(first, second, template, ac_mm=None):
        found = align(first, second, template, ac_mm)
        if first is not t2w:
            return found
        return replace(found, template=replace(found.template, gap=0.05))

    monkeypatch.setattr(origin_module, "align_head", no_gap_when_exchanged)
    with pytest.raises(UserError, match=r"sub-01: T1w and T2w are exchanged"):
        find_origin(t2w, t1w, template_head, "sub-01", None)


@pytest.mark.shared
@pytest.mark.parametrize("folder", [*COMMISSURES, "isotropic-dark-fat"])
def test_exchanged_images_of_patients(shared, template_head, folder):
    pair = shared / "data/pairs" / folder
    t2w, t1w = (Volume.load(next(pair.glob(f"[Tt]{i}[Ww].nii.gz"))) for i in (1, 2))
    with pytest.raises(UserError, match="T1w and T2w are exchanged"):
        find_origin(t1w, t2w, template_head, folder, None)


@pytest.mark.shared
@pytest.mark.parametrize("folder", COMMISSURES)
def test_commissures_of_patients(shared, template_head, folder):
    paths = [shared / f"data/pairs/{folder}/T{i}W.nii.gz" for i in (1, 2)]
    origin = find_origin(*map(Volume.load, paths), template_head, folder, None)
    assert np.linalg.norm(origin.ac_mm - np.array(COMMISSURES[folder])) < 4
