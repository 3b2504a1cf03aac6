import json

import numpy as np
import pytest
from made_landmarks import controls, record

from rt1t2 import images
from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.ratio.protocol_references import build_references

SHAPE = (16, 16, 16)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
OUTPUTS = (
    "calibrated_t1w",
    "calibrated_t2w",
    "ratio",
    "mni_ratio",
    "mni_lesion",
    "smoothed",
)


@pytest.fixture
def made(script_main, tmp_path):
    """Return a function that runs the script: everything lies where the template is."""

    def run(method="affine", edges="normalised"):
        rng = np.random.default_rng(0)
        t1w, t2w = rng.uniform(10, 40, SHAPE), rng.uniform(10, 40, SHAPE)
        t2w[:, :, :3] = np.nan
        brain, lesion = np.zeros((2, *SHAPE), bool)
        brain[2:14, 2:14, 2:14] = True
        lesion[6:9, 6:9, 6:9] = True
        volumes = {"t1w": t1w, "t2w": t2w, "brain": brain, "lesion": lesion}
        volumes |= {"template_brain": brain}
        paths = {n: str(tmp_path / f"{n}.nii.gz") for n in (*volumes, *OUTPUTS)}
        for name, volume in volumes.items():
            images.save(volume, AFFINE, paths[name])
        paths |= {
            "landmarks": str(tmp_path / "landmarks.json"),
            "reference": str(tmp_path / "reference.json"),
            "curve": str(tmp_path / "curve.json"),
            "affine": str(tmp_path / "affine.txt"),
            "displacement": str(tmp_path / "displacement.nii.gz"),
        }
        images.save_json(record("sub-01", (10.0, 8.0)), paths["landmarks"])
        images.save_json(build_references(controls(), {}), paths["reference"])
        write_itk(np.eye(4), paths["affine"])
        no_way = to_itk(np.zeros((8, 8, 8, 3), np.float32))
        grid = np.diag([4.0, 4.0, 4.0, 1.0])
        images.save(no_way, grid, paths["displacement"], intent="vector")
        script_main("ratio_map")(
            **paths,
            code="abc",
            participant_id="sub-01",
            told={},
            method=method,
            fwhm_mm=8.0,
            edges=edges,
        )
        found = {name: images.load(paths[name])[0] for name in (*volumes, *OUTPUTS)}
        sidecars = {
            name: json.loads(images.sidecar(paths[name]).read_text())
            for name in OUTPUTS
        }
        return found, sidecars, json.loads((tmp_path / "curve.json").read_text())

    return run


@pytest.mark.parametrize("method", ["affine", "nonlinear", "linear_eye_muscle", "none"])
def test_calibrated_images_follow_the_stored_curve(made, method):
    found, sidecars, curve = made(method)
    assert curve["Method"] == method
    for name, key in (("t1w", "T1w"), ("t2w", "T2w")):
        before, after = found[name], found[f"calibrated_{name}"]
        knots = curve[key]["KnotsIn"], curve[key]["KnotsOut"]
        brain = found["brain"] > 0
        inside = brain & (before >= knots[0][0]) & (before <= knots[0][-1])
        expected = np.maximum(np.interp(before[inside], *knots), 0)
        assert inside.sum() > 100
        meta = sidecars[f"calibrated_{name}"]
        half_step = meta["RoundedToMultiplesOf"] / 2
        assert half_step < np.median(expected) / 1000
        np.testing.assert_allclose(after[inside], expected, 1e-5, half_step)
        assert np.array_equal(np.isfinite(after), brain & np.isfinite(before))
        assert meta["CalibrationMethod"] == method
        assert meta["CalibrationGain"] == pytest.approx(curve[key]["Gain"])


def test_the_ratio_is_that_of_the_calibrated_images_and_its_gaps_are_counted(made):
    found, sidecars, _ = made()
    ratio, brain = found["ratio"], found["brain"] > 0
    defined = brain & np.isfinite(found["t2w"]) & ~(found["lesion"] > 0)
    expected = found["calibrated_t1w"][defined] / found["calibrated_t2w"][defined]
    half_step = sidecars["ratio"]["RoundedToMultiplesOf"] / 2
    assert half_step < np.median(expected) / 1024
    np.testing.assert_allclose(ratio[defined], expected, 0, half_step)
    assert np.isnan(ratio[~defined]).all()
    assert sidecars["ratio"]["BrainVoxels"] == brain.sum()
    assert sidecars["ratio"]["ExcludedVoxels"] == {
        "OutsideT2wFieldOfView": 144,
        "Lesion": 27,
        "LowDenominator": 0,
    }
    assert sidecars["ratio"]["CalibrationMethod"] == "affine"
    assert sidecars["ratio"]["SkullStripped"] is True


def test_the_record_holds_landmarks_curve_flags_and_excluded_voxels(made):
    _, sidecars, curve = made()
    assert curve["Protocol"] == curve["Reference"] == "P1"
    levels = {"t1w": 19.0, "t2w": 16.0, "n_voxels": 5000}
    assert curve["Landmarks"]["fat"] == pytest.approx(levels)
    assert curve["ExcludedVoxels"] == sidecars["ratio"]["ExcludedVoxels"]
    assert curve["Flags"] == curve["LandmarkFlags"] == []
    assert made("none")[2]["Reference"] is None


def test_the_template_gets_the_same_voxels_where_nothing_moves(made):
    found, sidecars, _ = made()
    step = sidecars["mni_ratio"]["RoundedToMultiplesOf"]
    np.testing.assert_allclose(found["mni_ratio"], found["ratio"], 0, step)
    np.testing.assert_array_equal(found["mni_lesion"], found["lesion"])
    assert sidecars["mni_ratio"]["ExcludedVoxels"] == {
        "OutsideT1wFieldOfView": 0,
        "Lesion": 27,
        "UndefinedInNativeRatio": 144,
    }
    assert sidecars["mni_lesion"]["SkullStripped"] is False


@pytest.mark.parametrize("edges", ["normalised", "zero_fill"])
def test_smoothing_says_how_it_treats_edges(made, edges):
    found, sidecars, _ = made(edges=edges)
    brain, smoothed = found["template_brain"] > 0, found["smoothed"]
    meta = sidecars["smoothed"]
    assert meta["SmoothingEdges"] == edges
    assert meta["SmoothingFWHM_mm"] == 8
    undefined = brain & ~np.isfinite(smoothed)
    assert meta["ExcludedVoxels"]["Undefined"] == undefined.sum()
    assert ("MinimumKernelShare" in meta) == (edges == "normalised")
    if edges == "normalised":
        assert np.isnan(smoothed[~brain]).all()
        assert np.isfinite(
            smoothed[7, 7, 7]
        )  # a lesion of 6 mm is filled from around it
    else:
        assert np.isfinite(smoothed).all()
        assert smoothed[2, 8, 8] < 0.8 * np.nanmedian(found["mni_ratio"])
