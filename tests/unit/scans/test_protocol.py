"""The protocol of one scan: jitter is the same one, another sequence or voxel is another."""

import pytest

from rt1t2.scans.protocol import acquisition, judged_by, same_protocol

T1W = {
    "Manufacturer": "Siemens",
    "MagneticFieldStrength": 3.0,
    "MRAcquisitionType": "3D",
    "ScanningSequence": ["GR", "IR"],
    "RepetitionTime": 2.3,
    "EchoTime": 0.00298,
    "InversionTime": 0.9,
    "FlipAngle": 9.0,
    "VoxelSizeMm": [1.0, 1.0, 1.0],
}
T2W = T1W | {
    "MRAcquisitionType": "2D",
    "ScanningSequence": ["SE"],
    "RepetitionTime": 6.0,
    "EchoTime": 0.1,
    "FlipAngle": 150.0,
    "VoxelSizeMm": [0.5, 0.5, 4.0],
}
del T2W["InversionTime"]


def scan(t1w=None, t2w=None):
    return acquisition({"T1w": T1W | (t1w or {}), "T2w": T2W | (t2w or {})})


@pytest.mark.parametrize(
    ("image", "key", "value"),
    [
        ("t1w", "EchoTime", 0.00298 * 1.03),
        ("t2w", "EchoTime", 0.1 * 0.97),
        ("t2w", "RepetitionTime", 6.0 * 1.05),
        ("t1w", "VoxelSizeMm", [1.05, 0.95, 1.0]),
        ("t1w", "MagneticFieldStrength", 2.8936),
    ],
)
def test_jitter_is_no_other_protocol(image, key, value):
    other = scan(**{image: {key: value}})
    assert same_protocol(scan(), other)
    assert same_protocol(other, scan())


@pytest.mark.parametrize(
    ("image", "key", "value"),
    [
        ("t1w", "Manufacturer", "GE"),
        ("t1w", "MagneticFieldStrength", 1.5),
        ("t1w", "ScanningSequence", ["GR"]),
        ("t2w", "MRAcquisitionType", "3D"),
        ("t2w", "EchoTime", 0.085),
        ("t1w", "InversionTime", 1.1),
        ("t1w", "FlipAngle", 12.0),
        ("t2w", "VoxelSizeMm", [0.5, 0.5, 3.0]),
        ("t2w", "VoxelSizeMm", [4.0, 0.5, 0.5]),
        ("t2w", "FatSuppression", True),
    ],
)
def test_another_value_is_another_protocol(image, key, value):
    base = scan(t2w={"FatSuppression": False})
    other = scan(**{image: {key: value}})
    assert not same_protocol(base, other)


def test_only_what_identifies_a_protocol_is_kept():
    sidecar = {"EchoTime": 0.1, "SeriesNumber": 5, "Manufacturer": "other"}
    sidecar |= {"ScannerIntensityNormalisation": "unknown", "ScanningSequence": []}
    kept = acquisition({"T1w": sidecar, "T2w": {"FatSuppression": False}})
    assert kept == {"T1w": {"EchoTime": 0.1}, "T2w": {"FatSuppression": False}}


def test_what_is_unknown_of_one_contradicts_nothing():
    voxels = acquisition({"T1w": {"VoxelSizeMm": [1.0, 1.0, 1.0]}})
    assert same_protocol(scan(), voxels)
    assert same_protocol(scan(), {})
    assert not same_protocol(scan(), acquisition({"T1w": {"VoxelSizeMm": [2.0] * 3}}))


def test_a_protocol_is_told_from_times_or_else_from_voxels():
    voxels = {image: {"VoxelSizeMm": [1.0, 1.0, 1.0]} for image in ("T1w", "T2w")}
    assert judged_by(scan()) == "acquisition"
    assert judged_by(voxels) == "voxel size"
    assert judged_by(voxels | {"T1w": scan()["T1w"]}) == "voxel size"
    assert judged_by({"T1w": voxels["T1w"]}) == judged_by({}) == "nothing"
