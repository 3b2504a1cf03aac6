"""A file of a transmit map as the user has it: what is read of it, and what is refused."""

import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.scans.transmit_import import read_transmit_image

GRID = np.diag([6.0, 6.0, 6.0, 1.0])
DATA = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)


@pytest.fixture
def read(tmp_path):
    """Return a function that writes an image with a sidecar and reads it."""

    def written(about, kind="TB1map", data=DATA):
        image = nib.Nifti1Image(data, GRID)
        image.header.set_slope_inter(0.5, 0)
        image.header["descrip"] = b"Muster"
        nib.save(image, tmp_path / "b1.nii.gz")
        (tmp_path / "b1.json").write_text(json.dumps(about))
        return read_transmit_image(tmp_path / "b1.nii.gz", kind)

    return written


def test_numbers_place_and_permitted_fields(read):
    data, affine, entries = read(
        {"FlipAngle": "60", "PatientName": "Muster", "SeriesDescription": "B1 Muster"}
    )
    np.testing.assert_array_equal(data, DATA / 2)
    np.testing.assert_array_equal(affine, GRID)
    assert entries == {"FlipAngle": 60, "Flags": [], "SourceKind": "nifti"}


@pytest.mark.parametrize(
    ("about", "kind", "expected"),
    [
        ({"RepetitionTime": 0.02}, "TB1AFI", 0.02),
        ({"RepetitionTime": 0.12, "RepetitionTimeExcitation": 0.1}, "TB1AFI", 0.1),
        ({"RepetitionTimeExcitation": 0.1}, "TB1AFI", 0.1),
        ({"RepetitionTime": 5}, "TB1TFL", None),
    ],
)
def test_the_time_between_pulses_has_the_name_that_bids_wants(
    read, about, kind, expected
):
    assert read(about, kind)[2].get("RepetitionTimeExcitation") == expected


@pytest.mark.parametrize(
    "about",
    [
        {"SeriesDescription": "tfl_b1map_sag"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "FLIP ANGLE MAP"]},
        {"PulseSequenceDetails": "%SiemensSeq%\\tfl_b1map"},
    ],
)
def test_flip_angles_under_another_name_are_refused(read, about):
    with pytest.raises(UserError, match="holds flip angles by its sidecar"):
        read(about)


def test_a_series_of_volumes_and_damage_are_refused(read, tmp_path):
    with pytest.raises(UserError, match="has 4 dimensions"):
        read({}, data=np.stack([DATA, DATA], axis=-1))
    (tmp_path / "x.nii.gz").write_bytes(b"no image")
    with pytest.raises(UserError, match="cannot be read as NIfTI"):
        read_transmit_image(tmp_path / "x.nii.gz", "TB1map")
