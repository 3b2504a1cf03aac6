"""From two native images to corrected ones, masks, tissue and landmarks, with sidecars."""

import numpy as np
import pytest
from prepared_scan import IMAGES, prepare_steps, records_in

from rt1t2 import images
from rt1t2.geometry.transforms import read_itk, translation
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS
from rt1t2.tissue.bias_fields import field_on_grid


@pytest.fixture(scope="module")
def run(script_main, head_files, scan):
    """Return a function that runs the scripts in a folder; it gives images and records."""

    def in_folder(folder, bias_correction="joint", lesion=None):
        about = {"EchoTime": 0.003, "DeviceSerialNumber": 7}
        images.save(scan.t1w, scan.t1w_affine, folder / "native_T1w.nii.gz", about)
        images.save(scan.t2w, scan.t2w_affine, folder / "native_T2w.nii.gz", {})
        if lesion is not None:
            images.save(lesion, scan.t1w_affine, folder / "drawn_lesion.nii.gz")
        method = {"bias_correction": bias_correction}
        steps = prepare_steps(folder, head_files, voxel_mm=3.0, **method)
        for rule, arguments in steps.items():
            script_main(rule)(**arguments)
        about = records_in(folder)
        return {n: images.load(folder / f"{n}.nii.gz") for n in IMAGES}, about

    return in_folder


@pytest.fixture(scope="module", params=["joint", "n4"])
def prepared(run, scan, tmp_path_factory, request):
    """Return method, folder, images and sidecars of one scan; its lesion is a block."""
    folder = tmp_path_factory.mktemp(request.param)
    lesion = np.zeros(scan.t1w.shape, np.uint8)
    lesion[20:26, 30:36, 30:36] = 1
    return request.param, folder, *run(folder, request.param, lesion)


@pytest.fixture(scope="module")
def truth(prepared, scan):
    """Return a function that carries a volume of the template's head to the found grid."""
    _, _, found, about = prepared
    data, affine = found["t1w"]
    in_scanner = translation(np.array(about["origin"]["ac_mm"])) @ affine
    return lambda volume: scan.warp.sample(
        [volume.astype(np.float32)], scan.head_affine, in_scanner, data.shape
    )[0]


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def test_origin_and_t2w_registration_are_recorded(prepared):
    _, folder, found, about = prepared
    origin = about["origin"]
    assert origin["Method"] == "automatic"
    assert origin["Acquisition"]["T1w"]["EchoTime"] == 0.003
    assert origin["T2wRegistration"]["T2wBrainCoverage"] > 0.95
    moved = read_itk(folder / "xfm.txt")
    assert np.linalg.norm(moved[:3, 3] - origin["ac_mm"]) < 20
    n_outside = np.isnan(found["t2w"][0]).sum()
    excluded = origin["T2wRegistration"]["ExcludedVoxels"]
    assert sum(excluded.values()) == n_outside > 0


def test_everything_on_the_grid_of_the_t1w_says_so(prepared):
    _, folder, _, about = prepared
    spaces = {name: about[name].get("SpatialReference") for name in IMAGES}
    assert spaces.pop("t1w") is spaces.pop("conformed_t1w") is None
    for name, space in spaces.items():
        t1w = space and folder / space.split("/")[-1]
        assert t1w in (folder / "t1w.nii.gz", folder / "conformed_t1w.nii.gz"), name


def test_the_fit_of_the_bias_field_is_recorded(prepared):
    method, _, found, about = prepared
    assert np.isfinite(found["t1w"][0]).all()
    assert about["t2w"]["BiasCorrection"] == method
    assert about["t2w"]["SkullStripped"] is False
    fit = about["bias_fields"]
    assert fit["Method"] == method
    assert fit["FieldSD"]["T1w"] > 0.05
    level = about["landmarks"]["Mixture"]["Levels"]
    assert level["csf"]["t2w"] > level["fat"]["t2w"] > level["muscle"]["t2w"]
    assert level["csf"]["t1w"] < level["gm"]["t1w"] < level["wm"]["t1w"]


def test_images_are_rounded_far_below_white_matter_and_say_so(prepared):
    _, _, found, about = prepared
    white = found["wm"][0] > 0.9
    for name in ("t1w", "t2w"):
        data, step = found[name][0], about[name]["RoundedToMultiplesOf"]
        brain = found["brain"][0] > 0
        assert step <= np.nanmedian(data[brain]) / 95
        assert step <= np.nanmedian(data[white]) / 65
        np.testing.assert_array_equal(data[np.isfinite(data)] % step, 0)
    for name in ("gm", "wm", "csf"):
        assert about[name]["RoundedToMultiplesOf"] == 1 / 256


def test_masks_probabilities_and_labels(prepared, head, truth):
    _, _, found, about = prepared
    found = {name: data for name, (data, _) in found.items()}
    white = sum(truth(head.fractions[n]) for n in ("wm", "stem"))
    assert dice(found["brain"] > 0, truth(head.brain) > 0.5) > 0.93
    assert dice(found["wm"] > 0.5, white > 0.5) > 0.8
    assert set(np.unique(found["head"])) == set(HEAD_LABELS.values())
    deep = sum(truth(head.fractions[n]) for n in ("thalamus", "striatum"))
    labelled = found["head"] == HEAD_LABELS["deep"]
    assert (deep[labelled] > 0.5).mean() > 0.8  # its core: small nuclei, coarse voxels
    assert not found["gm"][found["brain"] == 0].any()
    assert abs(about["brain"]["VolumeMl"] - found["brain"].sum() * 0.027) < 1
    assert about["head"]["Labels"] == HEAD_LABELS


def test_landmarks_are_in_the_order_of_a_plain_pair(prepared):
    record = prepared[3]["landmarks"]
    found = record["Classes"]
    assert record["participant_id"] == "sub-01"
    assert record["Acquisition"] == {"T1w": {"EchoTime": 0.003}, "T2w": {}}
    assert "mixture" in record["Source"]
    order = [found[name]["t1w"] for name in ("air", "csf", "muscle", "fat")]
    assert order == sorted(order)
    order = [found[name]["t2w"] for name in ("air", "muscle", "fat", "csf")]
    assert order == sorted(order)
    quantiles = found["fat"]["t1w_quantiles"]
    assert quantiles == sorted(quantiles)
    assert len(quantiles) == len(record["Probabilities"])


def test_the_lesion_is_carried_and_described(prepared):
    _, _, found, about = prepared
    mask = found["lesion"][0]
    assert mask.sum() == pytest.approx(216, rel=0.1)
    assert about["lesion"]["LesionDrawn"] is True
    assert about["lesion"]["LesionVoxels"] == mask.sum()


def test_the_prior_is_a_probability_of_every_class(prepared):
    _, _, found, about = prepared
    prior = found["prior"][0]
    np.testing.assert_array_equal(prior.sum(axis=-1), 1)
    assert about["prior"]["Volumes"] == list(HEAD_CLASSES)
    moved = about["prior"]["DisplacementMm"]
    assert 0 < moved["Median"] < moved["Largest"] < 25


def test_the_mask_was_checked_and_its_flags_go_on_to_the_landmarks(prepared):
    _, _, _, about = prepared
    checked = about["brain"]["MaskCheck"]
    assert 0 < checked["PriorShiftMm"]["Inward"] < 9
    assert set(checked["BrainLikeOutsideMl"]) == {
        "Frontal",
        "Occipital",
        "Top",
        "Sides",
    }
    for flag in checked["Flags"]:
        assert flag in about["head"]["Flags"]
        assert flag in about["landmarks"]["Flags"]


def test_the_corrected_image_is_the_conformed_one_over_its_field(prepared):
    _, _, found, about = prepared
    (before, grid), (after, _) = found["conformed_t1w"], found["t1w"]
    fields, field_grid = found["bias_fields"]
    field = field_on_grid(fields[..., 0], field_grid, grid, before.shape)
    offset = about["bias_fields"]["Offset"]["T1w"]
    expected = np.maximum(before - offset, 0) / np.exp(field)
    step = about["t1w"]["RoundedToMultiplesOf"]
    np.testing.assert_allclose(after, expected, atol=step / 2 + 1e-3)


def test_the_same_bytes_every_time_and_no_lesion_is_an_empty_mask(run, tmp_path):
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
        found, about = run(folder)
    assert not found["lesion"][0].any()
    assert about["lesion"]["LesionDrawn"] is False
    for name in (*(f"{name}.nii.gz" for name in IMAGES), "xfm.txt"):
        one, other = ((folder / name).read_bytes() for folder in folders)
        assert one == other, name
