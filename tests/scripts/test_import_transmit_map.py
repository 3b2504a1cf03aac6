"""A transmit map in the raw data set: the numbers as they were, and nothing personal."""

import gzip
import json
import re

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError

DATA = np.arange(60, dtype=np.int16).reshape(3, 4, 5)


@pytest.fixture
def run(script_main, tmp_path):
    """Return a function that imports a map of somebody whose name is everywhere."""

    def imported(about, name="sub-01_TB1map"):
        image = nib.Nifti1Image(DATA, np.diag([4.0, 4, 5, 1]))
        image.header["descrip"] = image.header["aux_file"] = b"Muster"
        comment = nib.nifti1.Nifti1Extension("comment", b"Muster, born 1970")
        image.header.extensions.append(comment)
        nib.save(image, tmp_path / "source.nii.gz")
        (tmp_path / "source.json").write_text(json.dumps(about))
        script_main("import_transmit_map")(
            measured_b1=str(tmp_path / "source.nii.gz"),
            raw_b1=str(tmp_path / f"{name}.nii.gz"),
            code="abc",
            participant_id="sub-01",
        )
        return tmp_path / f"{name}.nii.gz", tmp_path / f"{name}.json"

    return imported


def test_nothing_personal_is_left(run, tmp_path):
    written = run(
        {
            "PatientName": "Muster",
            "SeriesDescription": "B1 Muster",
            "AcquisitionDateTime": "1970-01-01T08:00:00",
            "ManufacturersModelName": "Muster, Hans",
            "Manufacturer": "SIEMENS",
            "FlipAngle": 80,
        }
    )
    content = gzip.decompress(written[0].read_bytes()) + written[1].read_bytes()
    assert b"Muster" in gzip.decompress((tmp_path / "source.nii.gz").read_bytes())
    assert not re.search(b"Muster|1970|source", content)
    about = json.loads(written[1].read_text())
    assert about["Manufacturer"] == "Siemens"
    assert about["FlipAngle"] == 80
    assert about["VoxelSizeMm"] == [4, 4, 5]
    np.testing.assert_array_equal(np.asarray(nib.load(written[0]).dataobj), DATA)


def test_the_name_says_what_it_is(run):
    about = {"RepetitionTime": 0.02}
    sidecar = run(about, "sub-01_acq-tr1_TB1AFI")[1]
    assert json.loads(sidecar.read_text())["RepetitionTimeExcitation"] == 0.02


def test_a_refusal_names_the_participant(run):
    with pytest.raises(UserError, match=r"^sub-01: .*holds flip angles by its sidecar"):
        run({"SeriesDescription": "tfl_b1map"})
