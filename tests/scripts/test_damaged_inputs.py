"""Damaged inputs by the hundred: each ends in the right image or in one message.

``RT1T2_EXAMPLES=500`` makes as many of each kind (minutes); the seed is fixed.
"""

import gzip
import io
import json
import os
import shutil
import tarfile
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
import yaml
from dicom_files import MPRAGE, volume, write_series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rt1t2.errors import UserError
from rt1t2.scans.scan_import import import_image, ledger_rows, open_scans
from rt1t2.user_text import decoded
from rt1t2.workflow.config import check_config
from rt1t2.workflow.participants import read_cohort

ROOT = Path(__file__).resolve().parents[2]
N_EXAMPLES = int(os.environ.get("RT1T2_EXAMPLES", "25"))
VOXELS = volume((30, 32, 12))
CORNERS = np.array([[x, y, z, 1] for x in (0, 29) for y in (0, 31) for z in (0, 11)])
TOLERANCE_MM = 0.5  # what slices may be askew: 2e-3 of a direction cosine

damaged_by_the_hundred = settings(
    max_examples=N_EXAMPLES,
    derandomize=True,
    database=None,
    deadline=timedelta(seconds=30),  # a hang, not a speed
    suppress_health_check=list(HealthCheck),
)
# Where (as a share of the file) and which bits: flipped bytes; and where a file is cut
FLIPS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)),
    min_size=1,
    max_size=12,
)
CUT = st.floats(0, 1, exclude_max=True)
DAMAGE = st.one_of(FLIPS, CUT)


def spoilt(content, damage, end=None):
    """Return bytes with some flipped before ``end``, or cut short."""
    end = len(content) if end is None else end
    if isinstance(damage, float):
        return content[: int(damage * len(content))]
    spoilt_bytes = bytearray(content)
    for share, bits in damage:
        spoilt_bytes[int(share * end)] ^= bits
    return bytes(spoilt_bytes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder of one T1w series, as DICOM and as NIfTI with a sidecar."""
    folder = tmp_path_factory.mktemp("whole")
    affine = write_series(
        folder / "dicom", VOXELS, name="IM{:04d}.dcm", ImagesInAcquisition=12, **MPRAGE
    )
    image = nib.Nifti1Image(VOXELS.astype(np.int16), affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    image.header.set_xyzt_units("mm")
    nib.save(image, folder / "t1.nii")
    nib.save(image, folder / "t1.nii.gz")
    return folder, affine


def imported(source):
    """Import a T1w; return voxels and affine, or the one message."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            scans = open_scans({"T1w": source}, Path(scratch) / "s")
            ledger_rows(scans)
            data, affine, _ = import_image(scans[0], Path(scratch) / "c")
        except UserError:
            return None
    return data, affine


def assert_right_or_refused(source, affine):
    if (got := imported(source)) is None:
        return
    data, placed = got
    ours = nib.as_closest_canonical(nib.Nifti1Image(data.astype(np.int32), placed))
    truth = nib.as_closest_canonical(nib.Nifti1Image(VOXELS.astype(np.int32), affine))
    np.testing.assert_array_equal(np.asarray(ours.dataobj), np.asarray(truth.dataobj))
    apart = (ours.affine - truth.affine) @ CORNERS.T
    assert np.abs(apart).max() < TOLERANCE_MM


@damaged_by_the_hundred
@given(which=st.sets(st.integers(0, 11), min_size=1, max_size=3), damage=DAMAGE)
def test_dicom_headers_with_flipped_bytes_and_cut_files(whole, which, damage):
    folder, affine = whole
    with tempfile.TemporaryDirectory() as name:
        copy = Path(shutil.copytree(folder / "dicom", Path(name) / "d"))
        for path in [sorted(copy.iterdir())[k] for k in which]:
            content = path.read_bytes()
            header = content.index(b"\xe0\x7f\x10\x00")  # pixels have no checksum
            path.write_bytes(spoilt(content, damage, header))
        assert_right_or_refused(copy, affine)


FIELDS = sorted(
    {
        *("Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient"),
        *("PixelSpacing", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"),
        *("EchoTime", "RepetitionTime", "InversionTime", "FlipAngle", "Modality"),
        *("ScanningSequence", "SequenceVariant", "ImageType", "InstanceNumber"),
        *("SeriesNumber", "BitsAllocated", "BitsStored", "HighBit", "PixelData"),
        *("PixelRepresentation", "PhotometricInterpretation", "SamplesPerPixel"),
        *("SliceThickness", "Manufacturer", "PatientID", "StudyInstanceUID"),
        *("MRAcquisitionType", "ImagesInAcquisition", "MagneticFieldStrength"),
    }
)


@damaged_by_the_hundred
@given(
    which=st.one_of(st.just(set(range(12))), st.sets(st.integers(0, 11), min_size=1)),
    fields=st.sets(st.sampled_from(FIELDS), min_size=1, max_size=3),
    swap=st.booleans(),
)
def test_dicom_without_fields_or_with_fields_exchanged(whole, which, fields, swap):
    folder, affine = whole
    with tempfile.TemporaryDirectory() as name:
        copy = Path(shutil.copytree(folder / "dicom", Path(name) / "d"))
        for path in [sorted(copy.iterdir())[k] for k in which]:
            image = pydicom.dcmread(path)
            there = [keyword for keyword in sorted(fields) if keyword in image]
            if (
                swap
            ):  # the values of one field under the tag of the next, where it takes them
                values = [image[keyword].value for keyword in there]
                for keyword, value in zip(there, values[1:] + values[:1], strict=True):
                    image[keyword]._value = value
            else:
                for keyword in there:
                    del image[keyword]
            try:
                image.save_as(path, enforce_file_format=False)
            except Exception:  # nobody can write such a file
                return
        assert_right_or_refused(copy, affine)


@damaged_by_the_hundred
@given(damage=DAMAGE)
def test_gzip(whole, damage):
    folder, affine = whole
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "t1.nii.gz"
        path.write_bytes(spoilt((folder / "t1.nii.gz").read_bytes(), damage))
        assert_right_or_refused(path, affine)


@damaged_by_the_hundred
@given(damage=DAMAGE, as_gz=st.booleans())
def test_nifti_headers(whole, damage, as_gz):
    """Without a checksum a header that still makes sense is believed; nothing else is."""
    folder, _ = whole
    content = spoilt((folder / "t1.nii").read_bytes(), damage, 352)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / ("t1.nii.gz" if as_gz else "t1.nii")
        path.write_bytes(gzip.compress(content, 1) if as_gz else content)
        if got := imported(path):
            assert got[0].shape == VOXELS.shape
            assert np.isfinite(got[1]).all()


def packed(files, kind):
    stream = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.writestr(f"visit/{path.name}", path.read_bytes())
    else:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for path in files:
                archive.add(path, f"visit/{path.name}")
    plain = stream.getvalue()
    return gzip.compress(plain, 1) if kind == "tar.gz" else plain


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
@damaged_by_the_hundred
@given(damage=DAMAGE)
def test_archives(whole, kind, damage):
    folder, affine = whole
    content = packed(sorted((folder / "dicom").iterdir()), kind)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"visit.{kind}"
        path.write_bytes(spoilt(content, damage))
        assert_right_or_refused(path, affine)


@damaged_by_the_hundred
@given(entry=st.integers(0, 11), at=st.integers(0, 511), bits=st.integers(1, 255))
def test_the_entries_of_a_tar(whole, entry, at, bits):
    folder, affine = whole
    content = bytearray(packed(sorted((folder / "dicom").iterdir()), "tar"))
    with tarfile.open(fileobj=io.BytesIO(bytes(content))) as archive:
        offset = archive.getmembers()[entry].offset
    content[offset + at] ^= bits
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "visit.tar"
        path.write_bytes(content)
        assert_right_or_refused(path, affine)


SIDECAR = json.dumps(
    {"Manufacturer": "Siemens", "EchoTime": 0.003, "RepetitionTime": 2.3}
    | {"ScanningSequence": "GR\\IR", "ImageType": ["ORIGINAL", "M", "NORM"]}
).encode()
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
SIDECARS = st.one_of(
    DAMAGE.map(lambda damage: spoilt(SIDECAR, damage)),
    st.dictionaries(st.sampled_from(sorted(json.loads(SIDECAR))), JSON_VALUES).map(
        lambda fields: json.dumps(fields).encode()
    ),
)


@damaged_by_the_hundred
@given(content=SIDECARS)
def test_sidecars(whole, content):
    folder, affine = whole
    with tempfile.TemporaryDirectory() as name:
        path = Path(shutil.copy(folder / "t1.nii", name))
        path.with_suffix(".json").write_bytes(content)
        assert_right_or_refused(path, affine)


TABLE = (
    b"participant_id\tgroup\tage\tsex\tt1w\tt2w\texclude\tretest_of\n"
    b"sub-01\tHC\t61\tF\tt1.nii\tt1.nii.gz\tn/a\tn/a\n"
    b"sub-02\tPSP\t58.5\tM\tdicom\tdicom\tmoved\tn/a\n"
    b"sub-03\tHC\tn/a\tM\tdicom\tdicom\tn/a\tsub-01\n"
)


@damaged_by_the_hundred
@given(damage=DAMAGE)
def test_tables(whole, damage):
    """Who is analysed is somebody whom the table names, unspoilt, and does not exclude."""
    folder, _ = whole
    content = spoilt(TABLE, damage)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "p.tsv"
        path.write_bytes(content)
        try:
            cohort, problems = read_cohort(path, ["HC", "PSP"], "HC", data_root=folder)
        except UserError:
            return
    listed = {
        *cohort.participants,
        *(row["participant_id"] for row in cohort.exclusions),
    }
    listed |= {problem.participant_id for problem in problems}
    lines = decoded(content, "table").replace("\r", "\n").split("\n")
    assert len(listed) <= len([line for line in lines if line.strip()]) - 1
    for person in cohort.participants:
        (line,) = [line for line in lines if line.split("\t")[0].strip(' "') == person]
        assert "moved" not in line or "exclude" not in lines[0]


SCHEMA = ROOT / "config/schemas/config.schema.yaml"
DEFAULTS = yaml.safe_load((ROOT / "config/config.yaml").read_text())
OWN = b"""participants: participants.tsv
groups: {HC: Controls, PSP: Patients}
control_group: HC
contrasts:
  - {name: HC-PSP, plus: HC, minus: PSP}
statistics: {covariates: [age], variance: equal}
smoothing: {fwhm_mm: 8}
"""


@damaged_by_the_hundred
@given(damage=DAMAGE)
def test_configurations(damage):
    try:
        own = yaml.safe_load(spoilt(OWN, damage))
    except yaml.YAMLError:  # Snakemake has read it before, and says where it is broken
        return
    if not isinstance(own, dict):
        return
    config = json.loads(json.dumps(DEFAULTS))
    for key, value in own.items():
        merged = isinstance(value, dict) and isinstance(config.get(key), dict)
        config[key] = config[key] | value if merged and key != "groups" else value
    try:
        check_config(config, SCHEMA)
    except UserError:
        return
    assert set(config["groups"]) >= {config["control_group"]}
