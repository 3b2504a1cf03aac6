"""Protocols of a cohort: neither the order of people nor a chain of small steps matters."""

import numpy as np

from rt1t2.scans.protocol_detection import find_protocols

T1W = {"EchoTime": 0.00298, "VoxelSizeMm": [1.0, 1.0, 1.0]}


def scan(echo_time=0.1, **t2w):
    """Return the acquisition of a pair whose T2w has this echo time in s."""
    return {
        "T1w": T1W,
        "T2w": {"EchoTime": echo_time, "VoxelSizeMm": [0.5, 0.5, 4.0], **t2w},
    }


def nifti(t1w_mm, t2w_mm):
    return {"T1w": {"VoxelSizeMm": t1w_mm}, "T2w": {"VoxelSizeMm": t2w_mm}}


def test_a_protocol_is_what_scans_agree_in():
    scans = {
        "a": scan(),
        "b": scan(0.2),
        "c": scan(0.102),
        "d": scan(Manufacturer="GE"),
    }
    protocols, labels = find_protocols(scans, {})
    # d says most, so it comes first; a and c say nothing against it
    assert labels == {"a": "P1", "b": "P2", "c": "P1", "d": "P1"}
    assert protocols[0].acquisition == scans["d"]


def test_the_largest_protocol_is_the_first():
    scans = {"a": scan(0.2), "b": scan(0.1), "c": scan(0.1)}
    protocols, labels = find_protocols(scans, {})
    assert labels == {"a": "P2", "b": "P1", "c": "P1"}
    assert [p.acquisition["T2w"]["EchoTime"] for p in protocols] == [0.1, 0.2]


def test_neither_order_nor_a_chain_of_small_steps_matters():
    times = 0.1 * 1.04 ** np.arange(8)
    scans = {f"s{i}": scan(float(t)) for i, t in enumerate(times)}
    scans |= {f"t{i}": scan(0.1) for i in range(3)}
    protocols, labels = find_protocols(scans, {})
    assert len(protocols) > 2  # 0.1 and 0.13 s are not one protocol
    backwards = find_protocols(dict(reversed(scans.items())), {})
    assert backwards == (protocols, labels)
    assert {labels[f"t{i}"] for i in range(3)} == {labels["s0"]} == {"P1"}


def test_images_without_acquisition_are_judged_by_their_voxels():
    fine, coarse = [1.0] * 3, [0.5, 0.5, 4.0]
    scans = {"dicom": scan(), "same": nifti(fine, coarse), "other": nifti(fine, fine)}
    _, labels = find_protocols(scans, {})
    assert labels["dicom"] == labels["same"] != labels["other"]
    assert find_protocols({"a": {}, "b": {}}, {})[1] == {"a": "P1", "b": "P1"}


def test_the_table_overrules_the_headers():
    scans = {"a": scan(), "b": scan(), "c": scan(0.2)}
    protocols, labels = find_protocols(scans, {"b": "P1"})
    assert labels == {"a": "P1", "b": "P1", "c": "P2"}  # a has b's acquisition
    assert [protocol.label for protocol in protocols] == ["P1", "P2"]
    assert find_protocols(scans, {"c": "old", "a": "new"})[1]["b"] == "new"


def test_protocols_found_before_keep_their_labels():
    known, _ = find_protocols({"a": scan(0.2), "b": scan(0.2), "c": scan(0.1)}, {})
    protocols, labels = find_protocols({"d": scan(0.1), "e": scan(0.4)}, {}, known)
    assert labels == {"d": "P2", "e": "P3"}
    assert protocols[:2] == known
