"""The demo as it is passed on: faces gone, valid, nothing private, the same bytes again."""

import gzip
import re
import subprocess
import zipfile

import numpy as np
import pytest
from crate_validation import crate_issues

from rt1t2 import images
from rt1t2.simulate.dicom_writer import IDENTIFYING, MARK, identifying_fields

from .conftest import ROOT, linked_copy, run_demo


@pytest.fixture(scope="module")
def shared(demo, tmp_path_factory):
    """Return a copy of the demo that was shared."""
    copy = linked_copy(demo, tmp_path_factory.mktemp("share") / "demo")
    run_demo(copy, "share")
    return copy


def test_only_the_share_is_made(shared, demo):
    made = {p.relative_to(shared) for p in (shared / "results").rglob("*")}
    before = {p.relative_to(demo) for p in (demo / "results").rglob("*")}
    new = {path.as_posix() for path in made - before}
    assert new
    assert all(path.startswith("results/share") for path in new)
    assert "Nothing to be done" in run_demo(shared, "share")


@pytest.mark.parametrize("data_set", ["bids", "derivatives/rt1t2"])
def test_both_data_sets_are_valid_bids(shared, validate, data_set):
    folder = shared / "results/share/study" / data_set
    subjects, errors = validate(folder)
    assert len(subjects) == 19
    assert errors == []
    ignored = folder / ".bidsignore"
    if ignored.exists():
        assert ignored.read_text().split() == ["**/*_T1wT2wratio.*", "**/*_xfm.*"]


def test_the_crate_is_valid(shared, monkeypatch):
    assert crate_issues(shared / "results/share/study", monkeypatch) == []


def test_every_derivative_is_shared_and_the_ratio_is_the_same(shared):
    results, study = shared / "results", shared / "results/share/study"
    made = {p.name for p in (results / "derivatives").rglob("sub-*.*")}
    assert made == {
        p.name
        for part in ("derivatives", "records")
        for p in (study / part).rglob("sub-*.*")
    }
    ratios = sorted((results / "derivatives").rglob("*_T1wT2wratio.nii.gz"))
    assert len(ratios) == 3 * 19
    for path in ratios:
        copy = study / path.relative_to(results)
        assert copy.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("sub", ["sub-01", "sub-10"])
def test_the_brain_is_the_same_and_the_eyes_are_gone(shared, sub):
    anat = shared / f"results/derivatives/rt1t2/{sub}/anat"
    copies = shared / f"results/share/study/derivatives/rt1t2/{sub}/anat"
    brain = images.load(anat / f"{sub}_desc-brain_mask.nii.gz")[0] > 0
    eyes = images.load(anat / f"{sub}_desc-head_dseg.nii.gz")[0] == 6
    for name in ("desc-preproc_T1w", "space-T1w_desc-preproc_T2w", "desc-head_dseg"):
        before = images.load(anat / f"{sub}_{name}.nii.gz")[0]
        after = images.load(copies / f"{sub}_{name}.nii.gz")[0]
        np.testing.assert_array_equal(after[brain], before[brain])
        assert np.nan_to_num(before)[eyes].any()
        assert not after[eyes].any()


def test_nothing_private_is_in_the_zip(shared):
    """Neither the 50 fields that the scans' headers were given, nor a path, nor a field's name."""
    words = {*identifying_fields().values(), MARK, str(shared), str(ROOT)}
    words |= {"PatientName", "PatientBirthDate"}
    assert len(IDENTIFYING) == 50
    with zipfile.ZipFile(shared / "results/share/study.zip") as packed:
        for name in packed.namelist():
            with packed.open(name) as file:
                if name.endswith(".gz"):  # an image's header, with room for remarks
                    content = gzip.GzipFile(fileobj=file).read(4096)
                else:
                    content = file.read()
            text = content.decode("latin-1")
            assert not [word for word in words if word in text], name


def test_the_fields_that_must_not_be_there_are_in_the_scans(demo):
    scan = next((demo / "simulation/dicom/sub-01").glob("*.dcm"))
    header = scan.read_bytes().decode("latin-1")
    assert all(value in header for value in identifying_fields().values())


def test_checksums_hold(shared):
    study = shared / "results/share/study"
    subprocess.run(
        ["sha256sum", "-c", "--quiet", "sha256sums.txt"], cwd=study, check=True
    )
    listed = re.findall(r"^\w{64}  (.*)$", (study / "sha256sums.txt").read_text(), re.M)
    there = {p.relative_to(study).as_posix() for p in study.rglob("*") if p.is_file()}
    assert there == {*listed, "sha256sums.txt"}
