"""Scan protocols: jitter stays one, another sequence or voxel is another, order is no matter."""

import numpy as np
import pytest

from rt1t2.scans.protocol import (
    acquisition,
    find_protocols,
    in_words,
    judged_by,
    same_protocol,
)

TIMES = "\N{MULTIPLICATION SIGN}"
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


def nifti(*voxels):
    return acquisition(
        {"T1w": {"VoxelSizeMm": voxels[0]}, "T2w": {"VoxelSizeMm": voxels[1]}}
    )


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
    assert len(find_protocols({"a": scan(), "b": other}, {})[0]) == 1


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
    protocols, labels = find_protocols({"a": base, "b": other, "c": base}, {})
    assert [one.label for one in protocols] == ["P1", "P2"]
    assert labels == {"a": "P1", "b": "P2", "c": "P1"}


def test_neither_order_nor_a_chain_of_small_steps_matters():
    times = 0.1 * 1.04 ** np.arange(8)
    scans = {f"s{i}": scan(t2w={"EchoTime": float(t)}) for i, t in enumerate(times)}
    scans |= {f"t{i}": scan(t2w={"EchoTime": 0.1}) for i in range(3)}
    protocols, labels = find_protocols(scans, {})
    assert len(protocols) > 2  # 0.1 and 0.13 s are not one protocol
    again = find_protocols(dict(reversed(scans.items())), {})
    assert again[1] == labels
    assert again[0] == protocols
    assert {labels[f"t{i}"] for i in range(3)} == {labels["s0"]} == {"P1"}


def test_images_without_acquisition_are_judged_by_their_voxels():
    fine, coarse = [1.0] * 3, [0.5, 0.5, 4.0]
    scans = {"dicom": scan(), "same": nifti(fine, coarse), "other": nifti(fine, fine)}
    _, labels = find_protocols(scans, {})
    assert labels["dicom"] == labels["same"] != labels["other"]
    assert judged_by(scans["same"]) == "voxel size"
    assert judged_by(scans["dicom"]) == "acquisition"
    assert judged_by({}) == "nothing"
    assert find_protocols({"a": {}, "b": {}}, {})[1] == {"a": "P1", "b": "P1"}


def test_the_table_overrules_the_headers():
    scans = {"a": scan(), "b": scan(), "c": scan(t2w={"EchoTime": 0.2})}
    protocols, labels = find_protocols(scans, {"b": "P1"})
    assert labels == {"a": "P1", "b": "P1", "c": "P2"}  # a has b's acquisition
    assert [one.label for one in protocols] == ["P1", "P2"]
    assert find_protocols(scans, {"c": "old", "a": "new"})[1]["b"] == "new"


def test_words():
    assert in_words(scan()["T1w"]) == (
        "Siemens 3 T, 3D GR IR, TR 2300 ms, TE 2.98 ms, TI 900 ms, flip 9°, "
        f"1.00 {TIMES} 1.00 {TIMES} 1.00 mm"
    )
    assert in_words({}) == "unknown"
