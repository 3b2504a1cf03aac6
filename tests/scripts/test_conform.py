import csv
import json

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.conforming import conform_t1w
from rt1t2.errors import UserError
from rt1t2.origin import AC_TEMPLATE_MM, HeadAlignment, parse_ac
from rt1t2.phantom import simulate_scan
from rt1t2.registration import Alignment
from rt1t2.template import class_maps, head_images
from rt1t2.transforms import apply, from_parameters, read_itk, translation

VOXEL_MM = 3.0


def reversed_first_axis(shape):
    """Return the voxel matrix of an image whose first axis is stored in reverse."""
    return translation([shape[0] - 1, 0, 0]) @ np.diag([-1.0, 1, 1, 1])


def true_ac_mm(scan):
    return scan.warp.from_template(AC_TEMPLATE_MM)


@pytest.fixture(scope="module")
def conform(script_main, head_files):
    """Return a function that runs the script in a folder and gives its record."""

    def run(folder, t1w, t1w_affine, t2w, t2w_affine, ac_mm=None, lesion=None):
        for name, data, affine in (("T1w", t1w, t1w_affine), ("T2w", t2w, t2w_affine)):
            images.save(data, affine, folder / f"{name}.nii.gz", {"EchoTime": 0.1})
        drawn = []
        if lesion is not None:
            drawn = str(folder / "drawn.nii.gz")
            images.save(lesion, t1w_affine, drawn)
        script_main("conform")(
            native_t1w=str(folder / "T1w.nii.gz"),
            native_t2w=str(folder / "T2w.nii.gz"),
            drawn_lesion=drawn,
            **head_files,
            t1w=str(folder / "out_T1w.nii.gz"),
            t2w=str(folder / "out_T2w.nii.gz"),
            lesion=str(folder / "out_lesion.nii.gz"),
            origin=str(folder / "origin.json"),
            xfm=str(folder / "xfm.txt"),
            code="0",
            participant_id="sub-01",
            ac_mm=ac_mm,
            voxel_mm=VOXEL_MM,
        )
        return json.loads((folder / "origin.json").read_text())

    return run


@pytest.fixture(scope="module")
def template(head):
    """Return the template's head images as find_origin takes them."""
    return [(i, head.affine) for i in (*head_images(head), class_maps(head))]


@pytest.fixture(scope="module")
def on_scan(conform, scan):
    """Return a function that runs the script on the simulated scan."""
    scans = scan.t1w, scan.t1w_affine, scan.t2w, scan.t2w_affine
    return lambda folder, **options: conform(folder, *scans, **options)


@pytest.fixture(scope="module")
def conformed(on_scan, scan, tmp_path_factory):
    """Return the folder with the conformed scan, its lesion a block, and the record."""
    folder = tmp_path_factory.mktemp("conformed")
    lesion = np.zeros(scan.t1w.shape, np.uint8)
    lesion[20:26, 30:36, 30:36] = 1
    return folder, on_scan(folder, lesion=lesion)


def test_the_commissure_is_found(conformed, scan, head):
    _, record = conformed
    assert record["Method"] == "automatic"
    assert np.linalg.norm(np.array(record["ac_mm"]) - true_ac_mm(scan)) < 3
    assert record["ac_automatic_mm"] == record["ac_mm"]
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
    assert record["Acquisition"]["T1w"]["EchoTime"] == 0.1


def test_the_motion_between_the_scans_is_found(conformed, scan, head):
    folder, record = conformed
    in_template = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    points = apply(np.linalg.inv(scan.world_to_template), in_template)
    truth = apply(scan.t2w_to_t1w, points)
    found = apply(read_itk(folder / "xfm.txt"), points - record["ac_mm"])
    assert np.linalg.norm(found - truth, axis=1).mean() < 0.5
    registration = record["T2wRegistration"]
    assert (
        registration["MutualInformationAfter"]
        >= registration["MutualInformationBefore"]
    )
    assert registration["T2wBrainCoverage"] > 0.95


def test_itk_resamples_to_the_same_image_with_the_written_file(conformed):
    folder, _ = conformed
    native = sitk.ReadImage(folder / "T2w.nii.gz", sitk.sitkFloat32)
    like = sitk.ReadImage(folder / "out_T1w.nii.gz")
    xfm = sitk.ReadTransform(folder / "xfm.txt")
    by_itk = sitk.Resample(native, like, xfm, sitk.sitkBSpline3, float("nan"))
    by_itk = sitk.GetArrayFromImage(by_itk).T
    t2w, _ = images.load(folder / "out_T2w.nii.gz")
    both = np.isfinite(t2w) & np.isfinite(by_itk)
    assert both.mean() > 0.5
    # the script smooths in plane first, as the T1w's voxels are larger
    assert np.corrcoef(t2w[both], by_itk[both])[0, 1] > 0.97


def test_outside_the_field_of_view_is_undefined_and_counted(conformed):
    folder, record = conformed
    t2w, _ = images.load(folder / "out_T2w.nii.gz")
    n_outside = int(np.isnan(t2w).sum())
    assert n_outside > 0
    excluded = record["T2wRegistration"]["ExcludedVoxels"]
    assert excluded["OutsideT2wFieldOfView"] == n_outside
    assert np.nanmin(t2w) >= 0


def test_the_lesion_is_carried_and_described(conformed):
    folder, _ = conformed
    mask, _ = images.load(folder / "out_lesion.nii.gz")
    meta = json.loads((folder / "out_lesion.json").read_text())
    assert mask.sum() == pytest.approx(216, rel=0.1)
    assert meta["LesionDrawn"] is True
    assert meta["LesionVoxels"] == mask.sum()


def test_the_table_has_the_last_word_and_no_lesion_is_an_empty_mask(
    on_scan, scan, tmp_path
):
    ac = np.round(true_ac_mm(scan) + np.array([0, 1.5, -1]), 2)
    record = on_scan(tmp_path, ac_mm=",".join(map(str, ac)))
    assert record["Method"] == "table"
    assert record["ac_mm"] == ac.tolist()
    from_template = apply(np.array(record["template_to_t1w"]), AC_TEMPLATE_MM) + ac
    np.testing.assert_allclose(from_template, record["ac_from_template_mm"], atol=1e-9)
    assert np.linalg.norm(from_template - true_ac_mm(scan)) < 4
    assert not images.load(tmp_path / "out_lesion.nii.gz")[0].any()
    assert (
        json.loads((tmp_path / "out_lesion.json").read_text())["LesionDrawn"] is False
    )


def test_the_same_bytes_every_time(on_scan, conformed, tmp_path):
    on_scan(tmp_path)
    for name in ("out_T1w.nii.gz", "out_T2w.nii.gz", "xfm.txt"):
        assert (tmp_path / name).read_bytes() == (conformed[0] / name).read_bytes()


def test_planes_of_zeros_around_both_images_change_nothing(conform, scan, tmp_path):
    plain, padded = [], []
    for data, affine in (
        (scan.t1w, scan.t1w_affine),
        (scan.t2w, scan.t2w_affine),
    ):
        n = data.shape[2] // 10
        wide = np.pad(data, ((0, 0), (5, 0), (n, n)))
        # both headers hold these positions without rounding, which searches would amplify
        affine = np.round(affine * 1024) / 1024
        plain += [data, affine]
        padded += [wide, affine @ translation([0, -5, -n])]
    folders = tmp_path / "plain", tmp_path / "padded"
    for folder in folders:
        folder.mkdir()
    conform(folders[0], *plain)
    record = conform(folders[1], *padded)
    cut = [5 + 2 * (image.shape[2] // 10) for image in (scan.t1w, scan.t2w)]
    assert record["PlanesOfZerosCut"] == {"T1w": cut[0], "T2w": cut[1]}
    assert min(record["ScalpWithSignal"].values()) > 0.8
    for name in ("out_T1w.nii.gz", "out_T2w.nii.gz"):
        one, other = (images.load(folder / name)[0] for folder in folders)
        np.testing.assert_array_equal(one, other)


def test_a_skull_stripped_pair_stops(conform, scan, head, tmp_path):
    brain = scan.sample(head.brain.astype("f4")) > 0.5
    stripped = np.where(brain, scan.t1w, 0)
    with pytest.raises(
        UserError, match=r"sub-01: .*(skull-stripped|head does not match)"
    ):
        conform(tmp_path, stripped, scan.t1w_affine, scan.t2w, scan.t2w_affine)


def test_a_turned_head_in_other_slices_with_axes_reversed(script, head, template):
    """Turned 25 degrees about every axis; left and right stay what they are."""
    scan = simulate_scan(
        head,
        seed=5,
        t1w_voxel_mm=3.0,
        t2w_voxel_mm=(2.0, 2.0, 4.0),
        turn_deg=(-25.0, 25.0, 25.0),
        planes=("sagittal", "coronal"),
    )
    t1w = scan.t1w[::-1], scan.t1w_affine @ reversed_first_axis(scan.t1w.shape)
    t2w = scan.t2w[::-1], scan.t2w_affine @ reversed_first_axis(scan.t2w.shape)
    found = script("conform").find_origin(t1w, t2w, template, "sub-01", None)
    assert np.linalg.norm(found["ac_mm"] - true_ac_mm(scan)) < 3
    to_scanner = translation(found["ac_mm"]) @ found["template_to_t1w"]
    for side_mm in (-45.0, 45.0):
        point = np.array([side_mm, -20.0, 5.0])
        truth = scan.warp.from_template(point)
        assert np.linalg.norm(apply(to_scanner, point) - truth) < 10
    conformed = conform_t1w(*t1w, found["ac_mm"], VOXEL_MM)[:2]
    _, to_t2w, _ = script("conform").register_t2w(conformed, t2w, found, "sub-01")
    brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)[::23]
    brain = apply(scan.t1w_affine, brain.astype(float))
    error = apply(to_t2w, brain - found["ac_mm"]) - apply(scan.t2w_to_t1w, brain)
    assert np.linalg.norm(error, axis=1).mean() < 0.5


def test_an_image_without_a_head_stops(conform, tmp_path):
    noise = np.random.default_rng(0).random((2, 34, 40, 34)).astype(np.float32)
    affine = np.diag([6.0, 6, 6, 1])
    with pytest.raises(UserError, match=r"sub-01: .*ac_mm.*exclude"):
        conform(tmp_path, noise[0], affine, noise[1], affine)


def test_a_refusal_repeats_what_the_import_found_doubtful(script, tmp_path):
    path = tmp_path / "T1w.nii.gz"
    noise = np.ones((2, 2, 2), "f4"), np.eye(4)
    images.save(*noise, path, {"Flags": ["looks skull-stripped"]})
    message = r"^No head\. The import noted: looks skull-stripped\.$"
    with (
        pytest.raises(UserError, match=message),
        script("conform").import_notes(str(path), str(path)),
    ):
        raise UserError("No head.")


def register(script, t1w, t1w_affine, t2w, t2w_affine, template_to_world, ac_mm):
    """Register with a known origin; return AC-centred T1w points to native T2w points."""
    conformed, grid, _ = conform_t1w(t1w, t1w_affine, ac_mm, VOXEL_MM)
    found = {"ac_mm": ac_mm, "template_to_t1w": translation(-ac_mm) @ template_to_world}
    register_t2w = script("conform").register_t2w
    return register_t2w((conformed, grid), (t2w, t2w_affine), found, "sub-01")[1]


def test_too_little_of_the_brain_stops(script, scan):
    n_cut = scan.t2w.shape[2] * 6 // 10
    with pytest.raises(UserError, match=r"sub-01: the T2w covers \d+ % .*needs 80 %"):
        register(
            script,
            scan.t1w,
            scan.t1w_affine,
            scan.t2w[:, :, n_cut:],
            scan.t2w_affine @ translation([0, 0, n_cut]),
            np.linalg.inv(scan.world_to_template),
            true_ac_mm(scan),
        )


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
def test_commissures_of_patients(script, shared, template, folder):
    scans = [images.load(shared / f"data/pairs/{folder}/T{i}W.nii.gz") for i in (1, 2)]
    found = script("conform").find_origin(*scans, template, folder, None)
    assert np.linalg.norm(found["ac_mm"] - np.array(COMMISSURES[folder])) < 4


PATIENTS = {
    ("patient01", "study1"): "openms-01_s1",
    ("patient01", "study2"): "openms-01_s2",
    ("patient04", "study1"): "openms-04_s1",
}


@pytest.mark.shared
@pytest.mark.parametrize("key", PATIENTS)
def test_patients_with_thick_slices_and_a_displaced_t2w(script, shared, key):
    """Against the data set's own registration; the T2w lies 20 mm and 15 degrees off."""
    folder = PATIENTS[key]
    with (shared / "reference/openms_t1_to_t2_ras.tsv").open() as file:
        rows = {
            (r["patient"], r["study"]): r for r in csv.DictReader(file, delimiter="\t")
        }
    cells = [float(rows[key][f"m{i}{j}"]) for i in range(4) for j in range(4)]
    t1w, t2w = (nib.load(shared / f"data/pairs/{folder}/T{i}W.nii.gz") for i in (1, 2))
    ac_mm = np.array(COMMISSURES[folder])
    turn = 15 / np.sqrt(3)
    displaced = from_parameters(np.array([12.0, -12, 10.6, turn, turn, turn]), ac_mm)
    matrix = register(
        script,
        np.asarray(t1w.dataobj, dtype=np.float32),
        t1w.affine,
        np.asarray(t2w.dataobj, dtype=np.float32),
        displaced @ t2w.affine,
        translation(-ac_mm),
        ac_mm,
    )
    brain = np.random.default_rng(0).normal([0, -20, 10], [28, 35, 28], (2000, 3))
    truth = apply(displaced @ np.reshape(cells, (4, 4)), brain + ac_mm)
    error_mm = np.linalg.norm(apply(matrix, brain) - truth, axis=1).mean()
    assert error_mm < 1.5
