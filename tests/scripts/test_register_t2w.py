import csv
import json

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from rt1t2 import images
from rt1t2.conforming import conform_t1w
from rt1t2.errors import UserError
from rt1t2.transforms import apply, from_parameters, read_itk, translation

AC_MM = np.array([3.0, 14.0, -22.0])
KINDS = ("T2w.nii.gz", "xfm.txt", "xfm.json")


@pytest.fixture(scope="module")
def register(script_main):
    """Return a function that runs the script in a folder and gives the matrix it finds."""

    def run(folder, t1w, t1w_affine, t2w, t2w_affine, template_to_world, ac_mm=AC_MM):
        conformed, grid, _ = conform_t1w(t1w, t1w_affine, ac_mm, 3.0)
        images.save(conformed, grid, folder / "t1w.nii.gz")
        images.save(t2w, t2w_affine, folder / "t2w.nii.gz")
        template_to_t1w = translation(-ac_mm) @ template_to_world
        origin = {"ac_mm": ac_mm, "template_to_t1w": template_to_t1w}
        images.save_json(origin, folder / "origin.json")
        outputs = [folder / f"sub-01_{kind}" for kind in KINDS]
        script_main("register_t2w")(
            t1w=str(folder / "t1w.nii.gz"),
            native_t2w=str(folder / "t2w.nii.gz"),
            origin=str(folder / "origin.json"),
            t2w=str(outputs[0]),
            xfm=str(outputs[1]),
            metrics=str(outputs[2]),
            code="0",
        )
        return read_itk(outputs[1])

    return run


@pytest.fixture(scope="module")
def on_scan(register, scan):
    """Return a function that registers the simulated scan in a folder."""
    pose = np.linalg.inv(scan.world_to_template)
    images_of_scan = (scan.t1w, scan.t1w_affine, scan.t2w, scan.t2w_affine)
    return lambda folder: register(folder, *images_of_scan, pose)


@pytest.fixture(scope="module")
def registered(on_scan, tmp_path_factory):
    """Return the folder with the registered scan."""
    folder = tmp_path_factory.mktemp("registered")
    on_scan(folder)
    return folder


def brain_points(scan, head):
    """Scanner points (T1w) in the brain."""
    in_template = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    return apply(np.linalg.inv(scan.world_to_template), in_template)


def test_the_motion_between_the_scans_is_found(registered, scan, head):
    points = brain_points(scan, head)
    truth = apply(scan.t2w_to_t1w, points)
    found = apply(read_itk(registered / "sub-01_xfm.txt"), points - AC_MM)
    assert np.linalg.norm(found - truth, axis=1).mean() < 0.5
    metrics = json.loads((registered / "sub-01_xfm.json").read_text())
    assert metrics["MutualInformationAfter"] >= metrics["MutualInformationBefore"]
    assert metrics["T2wBrainCoverage"] > 0.95


def test_itk_resamples_to_the_same_image_with_the_written_file(registered):
    native = sitk.ReadImage(registered / "t2w.nii.gz", sitk.sitkFloat32)
    like = sitk.ReadImage(registered / "t1w.nii.gz")
    xfm = sitk.ReadTransform(registered / "sub-01_xfm.txt")
    by_itk = sitk.Resample(native, like, xfm, sitk.sitkBSpline3, float("nan"))
    by_itk = sitk.GetArrayFromImage(by_itk).T
    t2w, _ = images.load(registered / "sub-01_T2w.nii.gz")
    both = np.isfinite(t2w) & np.isfinite(by_itk)
    assert both.mean() > 0.5
    # the script smooths in plane first, as the T1w's voxels are larger
    assert np.corrcoef(t2w[both], by_itk[both])[0, 1] > 0.97


def test_outside_the_field_of_view_is_undefined_and_counted(registered):
    t2w, _ = images.load(registered / "sub-01_T2w.nii.gz")
    record = json.loads((registered / "sub-01_xfm.json").read_text())
    n_outside = int(np.isnan(t2w).sum())
    assert n_outside > 0
    assert record["ExcludedVoxels"]["OutsideT2wFieldOfView"] == n_outside
    assert np.nanmin(t2w) >= 0


def test_too_little_of_the_brain_stops(register, scan, tmp_path):
    n_cut = scan.t2w.shape[2] * 6 // 10
    with pytest.raises(UserError, match=r"sub-01: the T2w covers \d+ % .*needs 80 %"):
        register(
            tmp_path,
            scan.t1w,
            scan.t1w_affine,
            scan.t2w[:, :, n_cut:],
            scan.t2w_affine @ translation([0, 0, n_cut]),
            np.linalg.inv(scan.world_to_template),
        )


def test_the_same_bytes_every_time(on_scan, registered, tmp_path):
    on_scan(tmp_path)
    for kind in ("T2w.nii.gz", "xfm.txt"):
        again = (tmp_path / f"sub-01_{kind}").read_bytes()
        assert again == (registered / f"sub-01_{kind}").read_bytes()


# Anterior commissures by eye, in T1w scanner mm.
PATIENTS = {
    ("patient01", "study1"): ("openms-01_s1", [1.5, 7.1, -9.1]),
    ("patient01", "study2"): ("openms-01_s2", [0.0, 5.4, -15.9]),
    ("patient04", "study1"): ("openms-04_s1", [-6.0, 21.5, 14.4]),
}


@pytest.mark.shared
@pytest.mark.parametrize("key", PATIENTS)
def test_patients_with_thick_slices_and_a_displaced_t2w(
    register, shared, key, tmp_path
):
    """Against the data set's own registration; the T2w lies 20 mm and 15 degrees off."""
    folder, ac_mm = PATIENTS[key]
    with (shared / "reference/openms_t1_to_t2_ras.tsv").open() as file:
        rows = {
            (r["patient"], r["study"]): r for r in csv.DictReader(file, delimiter="\t")
        }
    cells = [float(rows[key][f"m{i}{j}"]) for i in range(4) for j in range(4)]
    t1w, t2w = (nib.load(shared / f"data/pairs/{folder}/T{i}W.nii.gz") for i in (1, 2))
    ac_mm = np.array(ac_mm)
    turn = 15 / np.sqrt(3)
    displaced = from_parameters(np.array([12.0, -12, 10.6, turn, turn, turn]), ac_mm)
    matrix = register(
        tmp_path,
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
