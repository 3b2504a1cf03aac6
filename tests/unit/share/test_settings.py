from pathlib import Path

import pytest
import yaml

from rt1t2.share.settings import OWN_FILE, public_settings

ROOT = Path(__file__).resolve().parents[3]
DEFAULTS = yaml.safe_load((ROOT / "config/config.yaml").read_text())


def test_the_defaults_lose_only_where_the_study_lies():
    public = public_settings(DEFAULTS)
    places = {"participants", "data_root", "bids_dir", "resources"}
    assert set(DEFAULTS) - set(public) == places
    assert all(public[key] == DEFAULTS[key] for key in public)


@pytest.mark.parametrize(
    "path",
    [
        "/home/schmidt/mask.nii.gz",
        "masks/schmidt.nii",
        "schmidt.nii.gz",
        r"C:\schmidt\mask.nii",
        "~/mask.nii",
        "resources/../../home/schmidt.nii",
        "file:///home/schmidt.csv",
        "https://schmidt:secret@host/map.nii",
        "smb://schmidt/share",
    ],
)
def test_nobodys_file_is_named_anywhere(path):
    config = {
        "template": {"source": "files", "t1w": path},
        "statistics": {"explicit_mask": path, "covariates": ["age"]},
        "receptors": {"atlas": {"image": path}, "choose": {"MU": "MU_hc39"}},
        "seed": 3,
    }
    public = public_settings(config)
    assert "schmidt" not in str(public)
    assert public["template"] == {"source": "files", "t1w": OWN_FILE}
    assert public["statistics"]["covariates"] == ["age"]
    assert public["receptors"]["choose"] == {"MU": "MU_hc39"}


def test_names_of_groups_are_printed_as_they_are():
    groups = {"A": "Controls/healthy", "B": "approx. 50"}
    assert public_settings({"groups": groups}) == {"groups": groups}
