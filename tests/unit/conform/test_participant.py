"""A pair on one grid: commissure, registration, fields of view, refusals."""

import csv

import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.conform.origin import (
    AC_TEMPLATE_MM,
    HeadAlignment,
    Origin,
    find_origin,
    parse_ac,
)
from rt1t2.conform.participant import conform_pair, import_notes, register_t2w
from rt1t2.conform.resample import conform_t1w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, from_parameters, translation, write_itk
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import Alignment
from rt1t2.simulate.phantom import simulate_scan

VOXEL_MM = 3.0


def reversed_first_axis(shape):
    """Return the voxel matrix of an image whose first axis is stored in reverse."""
    return translation([shape[0] - 1, 0, 0]) @ np.diag([-1.0, 1, 1, 1])


def true_ac_mm(scan):
    return scan.warp.from_template(AC_TEMPLATE_MM)


@pytest.fixture(scope="module")
def conform(template_head):
    """Return a function that conforms a pair at the tests' voxel size."""

    def run(t1w, t2w, ac_mm=None):
        return conform_pair(t1w, t2w, template_head, "sub-01", ac_mm, VOXEL_MM)

    return run


@pytest.fixture(scope="module")
def natives(scan):
    """Return T1w and T2w; headers hold their positions, padded or not, without rounding."""
    affines = [np.round(a * 1024) / 1024 for a in (scan.t1w_affine, scan.t2w_affine)]
    return Volume(scan.t1w, affines[0]), Volume(scan.t2w, affines[1])


@pytest.fixture(scope="module")
def conformed(conform, natives):
    return conform(*natives)


def test_the_commissure_is_found(conformed, scan, head):
    record = conformed.record
    assert record["Method"] == "automatic"
    assert np.linalg.norm(np.array(record["ac_mm"]) - true_ac_mm(scan)) < 3
    np.testing.assert_array_equal(record["ac_automatic_mm"], record["ac_mm"])
    np.testing.assert_array_equal(conformed.origin.ac_mm, record["ac_mm"])
    matrix = np.array(record["template_to_t1w"])
    # the person's own shape moves the commissure by a few mm besides the affine
    by_affine = apply(matrix, AC_TEMPLATE_MM) + record["ac_mm"]
    np.testing.assert_allclose(by_affine, record["ac_from_template_mm"], atol=1e-9)
    assert 0 < np.linalg.norm(by_affine - true_ac_mm(scan)) < 4
    brain = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    truth = apply(np.linalg.inv(scan.world_to_template), brain)
    found = apply(matrix, brain) + record["ac_mm"]
    assert np.linalg.norm(found - truth, axis=1).mean() < 4
    assert record["Determinant"] == pytest.approx(np.linalg.det(matrix[:3, :3]))


def test_the_motion_between_the_scans_is_found(conformed, scan, head):
    in_template = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    points = apply(np.linalg.inv(scan.world_to_template), in_template)
    truth = apply(scan.t2w_to_t1w, points)
    found = apply(conformed.t1w_to_t2w, points - conformed.origin.ac_mm)
    assert np.linalg.norm(found - truth, axis=1).mean() < 0.5
    registration = conformed.record["T2wRegistration"]
    assert (
        registration["MutualInformationAfter"]
        >= registration["MutualInformationBefore"]
    )
    assert registration["T2wBrainCoverage"] > 0.95


def test_itk_resamples_to_the_same_image_with_the_written_file(
    conformed, natives, tmp_path
):
    write_itk(conformed.t1w_to_t2w, tmp_path / "xfm.txt")
    for name, volume in (("T1w", conformed.t1w), ("T2w", natives[1])):
        images.save(volume.data, volume.affine, tmp_path / f"{name}.nii.gz")
    native = sitk.ReadImage(tmp_path / "T2w.nii.gz", sitk.sitkFloat32)
    like = sitk.ReadImage(tmp_path / "T1w.nii.gz")
    xfm = sitk.ReadTransform(tmp_path / "xfm.txt")
    by_itk = sitk.Resample(native, like, xfm, sitk.sitkBSpline3, float("nan"))
    by_itk = sitk.GetArrayFromImage(by_itk).T
    t2w = conformed.t2w.data
    both = np.isfinite(t2w) & np.isfinite(by_itk)
    assert both.mean() > 0.5
    # ours is smoothed in plane first, as the T1w's voxels are larger
    assert np.corrcoef(t2w[both], by_itk[both])[0, 1] > 0.97


def test_outside_the_field_of_view_is_undefined_and_counted(conformed):
    t2w = conformed.t2w.data
    n_outside = int(np.isnan(t2w).sum())
    assert n_outside > 0
    excluded = conformed.record["T2wRegistration"]["ExcludedVoxels"]
    assert excluded["OutsideT2wFieldOfView"] == n_outside
    assert np.nanmin(t2w) >= 0


def test_the_table_has_the_last_word(conform, natives, scan):
    ac = np.round(true_ac_mm(scan) + np.array([0, 1.5, -1]), 2)
    record = conform(*natives, ac_mm=",".join(map(str, ac))).record
    assert record["Method"] == "table"
    np.testing.assert_array_equal(record["ac_mm"], ac)
    from_template = apply(np.array(record["template_to_t1w"]), AC_TEMPLATE_MM) + ac
    np.testing.assert_allclose(from_template, record["ac_from_template_mm"], atol=1e-9)
    assert np.linalg.norm(from_template - true_ac_mm(scan)) < 4


def test_planes_of_zeros_around_both_images_change_nothing(conform, conformed, natives):
    padded = []
    for native in natives:
        n = native.shape[2] // 10
        wide = np.pad(native.data, ((0, 0), (5, 0), (n, n)))
        padded.append(Volume(wide, native.affine @ translation([0, -5, -n])))
    other = conform(*padded)
    cut = [5 + 2 * (native.shape[2] // 10) for native in natives]
    assert other.record["PlanesOfZerosCut"] == {"T1w": cut[0], "T2w": cut[1]}
    assert min(other.record["ScalpWithSignal"].values()) > 0.8
    np.testing.assert_array_equal(other.t1w.data, conformed.t1w.data)
    np.testing.assert_array_equal(other.t2w.data, conformed.t2w.data)
    np.testing.assert_array_equal(other.t1w_to_t2w, conformed.t1w_to_t2w)


def test_a_skull_stripped_pair_stops(conform, scan, head, natives):
    brain = scan.sample(head.brain.astype("f4")) > 0.5
    stripped = np.where(brain, scan.t1w, 0)
    with pytest.raises(
        UserError, match=r"sub-01: .*(skull-stripped|head does not match)"
    ):
        conform(Volume(stripped, scan.t1w_affine), natives[1])


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
    _, to_t2w, _ = register_t2w(conformed, t2w, origin, "sub-01")
    brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)[::23]
    brain = apply(scan.t1w_affine, brain.astype(float))
    error = apply(to_t2w, brain - origin.ac_mm) - apply(scan.t2w_to_t1w, brain)
    assert np.linalg.norm(error, axis=1).mean() < 0.5


def test_an_image_without_a_head_stops(conform):
    noise = np.random.default_rng(0).random((2, 34, 40, 34)).astype(np.float32)
    affine = np.diag([6.0, 6, 6, 1])
    with pytest.raises(UserError, match=r"sub-01: .*ac_mm.*exclude"):
        conform(*(Volume(data, affine) for data in noise))


def test_too_little_of_the_brain_stops(scan):
    n_cut = scan.t2w.shape[2] * 6 // 10
    part = scan.t2w_affine @ translation([0, 0, n_cut])
    t2w = Volume(scan.t2w[:, :, n_cut:], part)
    origin = known_origin(np.linalg.inv(scan.world_to_template), true_ac_mm(scan))
    t1w, _ = conform_t1w(Volume(scan.t1w, scan.t1w_affine), origin.ac_mm, VOXEL_MM)
    with pytest.raises(UserError, match=r"sub-01: the T2w covers \d+ % .*needs 80 %"):
        register_t2w(t1w, t2w, origin, "sub-01")


def known_origin(template_to_world, ac_mm):
    """Return an origin that needs no search."""
    head = Alignment(template_to_world, 1.0, 1.0)
    return Origin(ac_mm, HeadAlignment(head, head, template_to_world), True)


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


@pytest.mark.shared
@pytest.mark.parametrize("folder", COMMISSURES)
def test_commissures_of_patients(shared, template_head, folder):
    paths = [shared / f"data/pairs/{folder}/T{i}W.nii.gz" for i in (1, 2)]
    origin = find_origin(*map(Volume.load, paths), template_head, folder, None)
    assert np.linalg.norm(origin.ac_mm - np.array(COMMISSURES[folder])) < 4


PATIENTS = {
    ("patient01", "study1"): "openms-01_s1",
    ("patient01", "study2"): "openms-01_s2",
    ("patient04", "study1"): "openms-04_s1",
}


@pytest.mark.shared
@pytest.mark.parametrize("key", PATIENTS)
def test_patients_with_thick_slices_and_a_displaced_t2w(shared, key):
    """Against the data set's own registration; the T2w lies 20 mm and 15 degrees off."""
    folder = PATIENTS[key]
    with (shared / "reference/openms_t1_to_t2_ras.tsv").open() as file:
        rows = {
            (r["patient"], r["study"]): r for r in csv.DictReader(file, delimiter="\t")
        }
    cells = [float(rows[key][f"m{i}{j}"]) for i in range(4) for j in range(4)]
    paths = [shared / f"data/pairs/{folder}/T{i}W.nii.gz" for i in (1, 2)]
    t1w, t2w = map(Volume.load, paths)
    ac_mm = np.array(COMMISSURES[folder])
    turn = 15 / np.sqrt(3)
    displaced = from_parameters(np.array([12.0, -12, 10.6, turn, turn, turn]), ac_mm)
    conformed, _ = conform_t1w(t1w, ac_mm, VOXEL_MM)
    origin = known_origin(np.eye(4), ac_mm)
    _, matrix, _ = register_t2w(conformed, t2w.moved(displaced), origin, "sub-01")
    brain = np.random.default_rng(0).normal([0, -20, 10], [28, 35, 28], (2000, 3))
    truth = apply(displaced @ np.reshape(cells, (4, 4)), brain + ac_mm)
    error_mm = np.linalg.norm(apply(matrix, brain) - truth, axis=1).mean()
    assert error_mm < 1.5


def test_a_refusal_repeats_what_the_import_found_doubtful():
    message = r"^No head\. The import noted: looks skull-stripped\.$"
    scanned = [{"Flags": ["looks skull-stripped"]}, {}]
    with pytest.raises(UserError, match=message), import_notes(scanned):
        raise UserError("No head.")
