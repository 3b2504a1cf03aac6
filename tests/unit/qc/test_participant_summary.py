"""What qc_participant writes is what the cohort's pages read."""

import pytest

from rt1t2.qc.participant_summary import ParticipantSummary, read_summary
from rt1t2.records import save_json

SUMMARY = ParticipantSummary(
    metrics={"participant_id": "sub-01", "group": "HC", "dice_gm": 0.9, "flags": []},
    series=[{"series": "2", "used": "T1w"}],
    landmarks={"Classes": {"fat": None}},
    calibration={"Method": "affine"},
    median_ratios={"none": {"wm": None}},
    thumbnail="data:,",
    software={"PackageVersions": {}, "Converters": []},
)


def test_a_summary_comes_back_as_it_was_written(tmp_path):
    save_json(vars(SUMMARY), tmp_path / "s.json")
    assert read_summary(tmp_path / "s.json") == SUMMARY
    assert SUMMARY.participant_id == "sub-01"


def test_a_summary_of_another_version_is_not_read(tmp_path):
    save_json(vars(SUMMARY) | {"thumb": ""}, tmp_path / "s.json")
    with pytest.raises(TypeError, match="thumb"):
        read_summary(tmp_path / "s.json")
