"""From the stored head to one participant's scans, DICOM and archive, and the atlas."""

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml

from rt1t2 import images
from rt1t2.simulate.cohort import save_head

DEMO = Path(__file__).resolve().parents[2] / "config/demo.yaml"
MAPS = ["simulated_D2", "simulated_D1"]
COARSE = {
    "anatomy_mm": 4.0,
    "t1w_voxel_mm": 4.0,
    "t2w_voxel_mm": [3.0, 3.0, 4.0],
}
PATIENT = {"participant_id": "sub-10", "group": "PSP", "age": "59", "sex": "M"}
CONTROL = {"participant_id": "sub-01", "group": "HC", "age": "n/a", "sex": "n/a"}


@pytest.fixture(scope="module")
def simulation():
    return {**yaml.safe_load(DEMO.read_text())["simulation"], **COARSE}


@pytest.fixture(scope="module")
def study(tmp_path_factory, head, simulation, script_main):
    """A folder with the head and the receptors of the demo, coarse."""
    folder = tmp_path_factory.mktemp("simulation")
    save_head(head, folder / "anatomy.npz")
    script_main("simulate_receptors")(
        anatomy=folder / "anatomy.npz",
        atlas=folder / "atlas.nii.gz",
        labels=folder / "atlas.tsv",
        gm=folder / "gm.nii.gz",
        maps=[folder / f"{name}.nii.gz" for name in MAPS],
        code="0",
        simulation=simulation,
        names=MAPS,
        seed=1,
    )
    return folder


@pytest.fixture(scope="module")
def scan_person(study, simulation, script_main):
    def scan(participant, **changes):
        folder = study / participant["participant_id"]
        folder.mkdir(exist_ok=True)
        script_main("simulate_participant")(
            anatomy=study / "anatomy.npz",
            atlas=study / "atlas.nii.gz",
            receptor_map=study / "simulated_D2.nii.gz",
            t1w=folder / "T1w.nii.gz",
            t2w=folder / "T2w.nii.gz",
            lesion=folder / "lesion.nii.gz",
            truth_ratio=folder / "ratio.nii.gz",
            truth=folder / "truth.json",
            code="0",
            participant=participant,
            simulation={**simulation, **changes},
            seed=1,
        )
        return folder

    return scan


@pytest.fixture(scope="module")
def patient(scan_person):
    return scan_person(PATIENT)


def test_the_anatomy_is_stored(tmp_path, script_main):
    script_main("simulate_anatomy")(
        anatomy=tmp_path / "anatomy.npz", code="0", simulation={"anatomy_mm": 8.0}
    )
    assert (tmp_path / "anatomy.npz").stat().st_size > 10_000


def test_atlas_labels_have_names(study):
    labels = np.unique(images.load(study / "atlas.nii.gz")[0]).astype(int)
    with (study / "atlas.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [int(row["index"]) for row in rows] == list(labels[labels > 0])
    assert all("Simulated" in row["name"] for row in rows)
    density, affine = images.load(study / "simulated_D1.nii.gz")
    assert density.max() > 0
    assert images.voxel_sizes_mm(affine) == pytest.approx([3, 3, 3])


def test_a_patient_has_lesion_effect_and_pattern(patient):
    truth = json.loads((patient / "truth.json").read_text())
    lesion, affine = images.load(patient / "lesion.nii.gz")
    volume_ml = lesion.sum() * np.prod(images.voxel_sizes_mm(affine)) / 1000
    assert truth["LesionVolume_mL"] == pytest.approx(volume_ml)
    assert 0.5 < volume_ml < 6  # a sphere of 8 mm has 2.1 mL
    assert truth["Effects"][0]["Centre_mm"] == [-7, -19, 10]
    assert truth["ReceptorPattern"]["Map"] == "simulated_D2"


def test_scans_are_on_different_grids_and_whole_numbers(patient):
    t1w, t1w_affine = images.load(patient / "T1w.nii.gz")
    t2w, t2w_affine = images.load(patient / "T2w.nii.gz")
    assert images.voxel_sizes_mm(t2w_affine)[2] == pytest.approx(4.4)
    assert not images.same_grid(t1w.shape, t1w_affine, t2w.shape, t2w_affine)
    for data in (t1w, t2w):
        np.testing.assert_array_equal(data, np.rint(data))
        assert 500 < data.max() < 65535


def test_effects_change_only_the_ratio_of_patients(scan_person):
    none = {"effect": {"group": "nobody"}, "lesions": {}}
    none["receptor_pattern"] = {"groups": [], "map": "", "amplitude": 0.0}
    person = {**PATIENT, "participant_id": "sub-20"}
    before, _ = images.load(scan_person(person, **none) / "ratio.nii.gz")
    after, _ = images.load(scan_person(person) / "ratio.nii.gz")
    change = (after / before)[np.isfinite(after) & np.isfinite(before)]
    assert change.min() < 0.85
    assert np.percentile(change, [5, 95]) == pytest.approx([1, 1], abs=0.05)


def test_controls_have_nothing_planted(scan_person):
    folder = scan_person(CONTROL)
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["Effects"] == []
    assert truth["ReceptorPattern"]["Map"] is None
    assert images.load(folder / "lesion.nii.gz")[0].max() == 0


@pytest.mark.parametrize("participant", [PATIENT, CONTROL])
def test_dicom_and_archive_hold_all_slices(
    participant, patient, simulation, script_main, tmp_path
):
    script_main("simulate_dicom")(
        t1w=patient / "T1w.nii.gz",
        t2w=patient / "T2w.nii.gz",
        dicom=tmp_path / "dicom",
        code="0",
        participant=participant,
        simulation=simulation,
        seed=1,
    )
    t1w, _ = images.load(patient / "T1w.nii.gz")
    t2w, _ = images.load(patient / "T2w.nii.gz")
    files = sorted((tmp_path / "dicom").iterdir())
    assert len(files) == 3 + t1w.shape[0] + t2w.shape[2]
    archives = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for archive in archives:
        script_main("simulate_archive")(
            dicom=tmp_path / "dicom", archive=archive, code="0"
        )
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as pack:
        contents = {Path(name).name: pack.read(name) for name in pack.namelist()}
    assert contents == {path.name: path.read_bytes() for path in files}
