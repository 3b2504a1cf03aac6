"""From the copied files of two people to the descriptions, the crate and the zip."""

import re
import subprocess
import zipfile

import pytest
import yaml
from crate_validation import crate_issues

from rt1t2.errors import UserError
from rt1t2.records import read_json, save_json
from rt1t2.share.settings import public_settings
from rt1t2.tables import read_tsv

KINDS = ("t1w", "t2w", "origin", "bias_fields", "brain", "ratio", "displacement")
KINDS += ("mni_ratio", "smoothed")
ROWS = [
    {
        "participant_id": "sub-01",
        "group": "HC",
        "age": "60",
        "sex": "F",
        "note": "Muster",
    },
    {"participant_id": "sub-02", "group": "PSP", "age": "50", "sex": "M", "note": "x"},
]
SHARE = {
    "title": "A study",
    "description": "Ratio maps.",
    "authors": ["A. One"],
    "licence": "CC0",
    "date": None,
}


def config(**changes):
    """Return a configuration with a private path in it."""
    statistics = dict.fromkeys(
        ("variance", "missing", "height_p", "extent_voxels", "permutations"), 1
    )
    statistics |= {
        "null_studies": 0,
        "primary_test": "permutation_extent",
        "covariates": [],
    }
    statistics["explicit_mask"] = "/home/muster/mask.nii.gz"
    return {
        "participants": "/home/muster/p.tsv",
        "groups": {"HC": "Controls", "PSP": "Patients"},
        "statistics": statistics,
        "simulation": None,
        "share": SHARE,
        "seed": 1,
    } | changes


def describe(script_main, folder, rows=ROWS):
    """Run share_study in a folder; return the files that it wrote."""
    records = []
    for row in rows:
        for kind in KINDS:
            path = folder / "told" / f"{row['participant_id']}_{kind}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            save_json({"Method": kind, "EchoTime": int(row["age"])}, path)
            records.append(str(path))
    study = folder / "study"
    for part in ("bids", "derivatives/rt1t2", "records"):
        (study / part).mkdir(parents=True, exist_ok=True)
    raw = ("dataset_description.json", "README.md", "participants.tsv")
    raw += ("participants.json",)
    derived = ("dataset_description.json", "README.md", ".bidsignore")
    files = {
        "raw": [str(study / "bids" / name) for name in raw],
        "derivatives": [str(study / "derivatives/rt1t2" / name) for name in derived],
        "readme": str(study / "README.md"),
        "checklist_table": str(study / "checklist.tsv"),
        "settings": str(study / "config.yaml"),
    }
    script_main("share_study")(
        records=records,
        summaries=[],
        code="x",
        kinds=list(KINDS),
        rows=rows,
        config=public_settings(config()),
        **files,
    )
    single = [files[name] for name in ("readme", "checklist_table", "settings")]
    return [*files["raw"], *files["derivatives"], *single]


def archive(script_main, folder, files):
    """Run share_archive."""
    (folder / "study/records/a.json").write_text("{}")
    script_main("share_archive")(
        files=[*files, str(folder / "study/records/a.json")],
        crate=str(folder / "study/ro-crate-metadata.json"),
        checksums_list=str(folder / "study/sha256sums.txt"),
        archive=str(folder / "study.zip"),
        code="x",
        about=SHARE,
        simulated=False,
    )


@pytest.fixture(scope="module")
def made(script_main, tmp_path_factory):
    """Return the folder of a described and packed study."""
    folder = tmp_path_factory.mktemp("share")
    archive(script_main, folder, describe(script_main, folder))
    return folder


def test_the_checklist_is_filled_from_the_sidecars_of_all(made):
    rows = {(r["section"], r["item"]): r["value"] for r in _checklist(made)}
    assert rows["Acquisition, T1w", "echo time (s)"] == "50 to 60"
    assert rows["Preprocessing", "origin"] == "origin"
    assert rows["Preprocessing", "bias field"] == "bias_fields"
    assert rows["Participants", "PSP: age (years)"] == "50"


def _checklist(made):
    return read_tsv(made / "study/checklist.tsv")


def test_the_data_sets_say_that_faces_are_gone_and_ignore_only_two_kinds(made):
    raw = (made / "study/bids/README.md").read_text()
    assert "faces were removed" in raw
    assert "not removed" not in raw
    derived = made / "study/derivatives/rt1t2"
    for folder in (made / "study/bids", derived):
        about = read_json(folder / "dataset_description.json")
        assert (about["Authors"], about["License"]) == (["A. One"], "CC0")
    assert "face" in (derived / "README.md").read_text()
    ignored = (derived / ".bidsignore").read_text().split()
    assert ignored == ["**/*_T1wT2wratio.*", "**/*_xfm.*"]


def test_nothing_private_is_in_the_zip(made):
    with zipfile.ZipFile(made / "study.zip") as packed:
        texts = "".join(packed.read(name).decode() for name in packed.namelist())
    for word in ("muster", "Muster", "/home", str(made)):
        assert word not in texts
    settings = yaml.safe_load((made / "study/config.yaml").read_text())
    assert settings["statistics"]["explicit_mask"] == "a file of the study"
    assert "participants" not in settings


def test_checksums_hold_for_every_file_of_the_zip(made):
    study = made / "study"
    subprocess.run(
        ["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=study, check=True
    )
    listed = re.findall(r"^\w{64}  (.*)$", (study / "sha256sums.txt").read_text(), re.M)
    with zipfile.ZipFile(made / "study.zip") as packed:
        names = {name.removeprefix("study/") for name in packed.namelist()}
    assert names == {*listed, "sha256sums.txt"}


def test_the_same_study_gives_the_same_bytes(script_main, made, tmp_path):
    archive(script_main, tmp_path, describe(script_main, tmp_path))
    assert (tmp_path / "study.zip").read_bytes() == (made / "study.zip").read_bytes()


def test_the_crate_is_valid_and_what_it_lacks_would_be_found(
    made, tmp_path, monkeypatch
):
    assert crate_issues(made / "study", monkeypatch) == []
    crate = tmp_path / "ro-crate-metadata.json"
    crate.write_bytes((made / "study/ro-crate-metadata.json").read_bytes())
    assert any(
        "checklist.tsv" in issue for issue in crate_issues(tmp_path, monkeypatch)
    )
    about = read_json(crate)
    assert about["@context"] == "https://w3id.org/ro/crate/1.3/context"


def test_nobody_scanned_is_one_message(script_main, tmp_path):
    with pytest.raises(UserError, match="nobody of the participants table was scanned"):
        describe(script_main, tmp_path, rows=[])
