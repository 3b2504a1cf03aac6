"""An acquisition in words."""

from rt1t2.scans.protocol_words import in_words

TIMES = "\N{MULTIPLICATION SIGN}"


def test_an_acquisition_is_described_in_the_units_of_a_console():
    entries = {
        "Manufacturer": "Siemens",
        "MagneticFieldStrength": 2.8936,
        "MRAcquisitionType": "3D",
        "ScanningSequence": ["GR", "IR"],
        "RepetitionTime": 2.3,
        "EchoTime": 0.00298,
        "InversionTime": 0.9,
        "FlipAngle": 9.0,
        "VoxelSizeMm": [1.0, 0.9766, 1.0],
    }
    assert in_words(entries) == (
        "Siemens 2.9 T, 3D GR IR, TR 2300 ms, TE 2.98 ms, TI 900 ms, flip 9°, "
        f"1.00 {TIMES} 0.98 {TIMES} 1.00 mm"
    )


def test_what_is_unknown_is_left_out():
    entries = {"ScanningSequence": "SE", "FatSuppression": True}
    entries["ScannerIntensityNormalisation"] = "NORM"
    assert in_words(entries) == "SE, NORM, fat-suppressed"
    assert in_words({"FatSuppression": False}) == in_words({}) == "unknown"
