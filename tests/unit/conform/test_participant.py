"""A pair on one grid: commissure, registration, fields of view, refusals."""

import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.conform.origin import (
    AC_TEMPLATE_MM,
)
from rt1t2.conform.participant import conform_pair, import_notes
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, translation, write_itk
from rt1t2.geometry.volume import Volume

VOXEL_MM = 3.0


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


def test_an_image_without_a_head_stops(conform):
    noise = np.random.default_rng(0).random((2, 34, 40, 34)).astype(np.float32)
    affine = np.diag([6.0, 6, 6, 1])
    with pytest.raises(UserError, match=r"sub-01: .*ac_mm.*exclude"):
        conform(*(Volume(data, affine) for data in noise))


def test_a_refusal_repeats_what_the_import_found_doubtful():
    message = r"^No head\. The import noted: looks skull-stripped\.$"
    scanned = [{"Flags": ["looks skull-stripped"]}, {}]
    with pytest.raises(UserError, match=message), import_notes(scanned):
        raise UserError("No head.")
