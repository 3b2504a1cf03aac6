"""Sidecars become the header that DICOM would give, whatever their encoding."""

import json

import pytest

from rt1t2.errors import MachineError
from rt1t2.scans.series_contrast import guess_contrast
from rt1t2.scans.sidecar_header import header_from_sidecar, read_sidecars

T1W = {"ScanningSequence": "GR\\IR", "RepetitionTime": 2.3, "EchoTime": 0.003}
T1W |= {"InversionTime": 0.9, "FlipAngle": 9}
SE = {"ScanningSequence": "SE", "RepetitionTime": 5.0, "EchoTime": 0.093}
TEXT = json.dumps({**T1W, "ProtocolName": "für Müller"}, ensure_ascii=False)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"]
)
def test_every_encoding_is_read(tmp_path, encoding):
    (tmp_path / "a.json").write_bytes(TEXT.encode(encoding))
    fields, flags = read_sidecars([tmp_path / "a.json"])
    assert fields["EchoTime"] == 0.003
    assert flags == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"null", b"\x1f\x8b\x08", b"[" * 100000]
)
def test_what_cannot_be_read_is_said(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    fields, flags = read_sidecars([tmp_path / "a.json"])
    assert fields == {}
    assert "cannot be read" in flags[0]


def test_a_link_to_nothing_is_said_and_no_permission_is_the_machines(tmp_path):
    (tmp_path / "a.json").symlink_to("nowhere")
    assert read_sidecars([tmp_path / "a.json"])[1]

    class Closed(type(tmp_path)):
        def read_bytes(self):
            raise PermissionError(13, "Permission denied", str(self))

    with pytest.raises(MachineError):
        read_sidecars([Closed(tmp_path / "b.json")])


def test_the_deeper_sidecar_wins(tmp_path):
    (tmp_path / "T1w.json").write_text(json.dumps(T1W))
    (tmp_path / "own.json").write_text('{"EchoTime": 0.004}')
    fields, _ = read_sidecars([tmp_path / "T1w.json", tmp_path / "own.json"])
    assert (fields["EchoTime"], fields["RepetitionTime"]) == (0.004, 2.3)


@pytest.mark.parametrize(
    ("fields", "tr_s", "flagged"),
    [
        (T1W, 2.3, False),
        ({"RepetitionTime": 2300, "EchoTime": 2.98}, 2.3, True),
        ({"RepetitionTime": 8.1, "EchoTime": 3.7}, 0.0081, True),
        ({"RepetitionTime": 2300, "EchoTime": 0.003}, 2.3, True),
        ({"RepetitionTime": "2300"}, 2.3, True),
        ({"RepetitionTime": "2.3", "EchoTime": [0.003]}, 2.3, False),
        ({"RepetitionTime": 2.3, "EchoTime": 2.98, "InversionTime": 0.9}, 2.3, True),
        ({"RepetitionTime": 5, "EchoTime": 93}, 5, True),
    ],
)
def test_times_in_ms_are_taken_so(tmp_path, fields, tr_s, flagged):
    (tmp_path / "a.json").write_text(json.dumps(fields))
    read, flags = read_sidecars([tmp_path / "a.json"])
    assert read["RepetitionTime"] == tr_s
    assert bool(flags) is flagged


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, None, "x", [1, 2]])
def test_what_is_no_number_is_left_out(tmp_path, value):
    text = json.dumps({"EchoTime": value, "FlipAngle": value, "Manufacturer": "GE"})
    (tmp_path / "a.json").write_text(text)
    assert read_sidecars([tmp_path / "a.json"]) == ({"Manufacturer": "GE"}, [])


@pytest.mark.parametrize(
    ("stored", "is_tesla"),
    [(3, 3), (15000, 1.5), (30000, 3), (1500, 1.5), (0.55, 0.55)],
)
def test_a_field_strength_is_in_tesla(tmp_path, stored, is_tesla):
    text = json.dumps({"MagneticFieldStrength": stored})
    (tmp_path / "a.json").write_text(text)
    read, _ = read_sidecars([tmp_path / "a.json"])
    assert read["MagneticFieldStrength"] == is_tesla


@pytest.mark.parametrize(
    ("fields", "name", "contrast"),
    [
        (T1W, "a_T1w.nii.gz", "T1w"),
        ({**T1W, "ScanningSequence": "GR_IR"}, "a.nii", "T1w"),
        ({**T1W, "ScanningSequence": ["GR", "IR"]}, "a.nii", "T1w"),
        (SE, "a.nii", "T2w"),
        ({**SE, "InversionTime": 2.5}, "a.nii", "FLAIR"),
        ({**SE, "ImageType": ["ORIGINAL", "PRIMARY", "P"]}, "a.nii", "phase image"),
        ({**SE, "ComplexImageComponent": "REAL"}, "a.nii", "real part"),
        (SE, "sub-1_part-phase_T2w.nii", "phase image"),
        ({**SE, "SeriesDescription": "t2_flair"}, "a.nii", "FLAIR"),
        ({**SE, "BodyPartExamined": "CSPINE"}, "a.nii", "another part of the body"),
        (
            {**T1W, "ContrastBolusIngredient": "GADOLINIUM"},
            "a.nii",
            "T1w after contrast agent",
        ),
        (T1W, "sub-1_ce-gad_T1w.nii.gz", "T1w after contrast agent"),
        ({}, "sub-1_T1w.nii.gz", "unknown contrast"),
        ({"ImageType": 7, "EchoTime": "x", "ScanningSequence": None}, "a", None),
    ],
)
def test_a_sidecar_is_judged_as_a_dicom_header_is(fields, name, contrast):
    guess = guess_contrast(header_from_sidecar(fields, name))
    assert guess == (contrast or "unknown contrast")
