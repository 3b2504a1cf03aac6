"""A run in which people fail ends in one screen that names them, and the rest goes on.

Ten people always; ``RT1T2_MANY=1`` has 200 of whom 20 fail, and runs the group to its end.
"""

import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from map_study import MapStudy

MANY = bool(os.environ.get("RT1T2_MANY"))
PLACED = np.diag([2.0, 2, 2, 1])


def nifti(path: Path, data: np.ndarray, code: int = 1) -> Path:
    """Write an image that may have no place in space."""
    image = nib.Nifti1Image(data, PLACED)
    image.set_sform(PLACED, code)
    image.set_qform(PLACED, code)
    nib.save(image, path)
    return path


def gone(folder: Path) -> Path:
    return folder / "gone.nii.gz"


def empty(folder: Path) -> Path:
    (folder / "empty.nii.gz").touch()
    return folder / "empty.nii.gz"


def cut(folder: Path) -> Path:
    path = nifti(folder / "cut.nii.gz", np.ones((9, 9, 9), np.float32))
    path.write_bytes(path.read_bytes()[:-9])
    return path


def series(folder: Path) -> Path:
    return nifti(folder / "series.nii.gz", np.ones((9, 9, 9, 5), np.float32))


def nowhere(folder: Path) -> Path:
    return nifti(folder / "nowhere.nii.gz", np.ones((9, 9, 9), np.float32), code=0)


def complex_numbers(folder: Path) -> Path:
    return nifti(folder / "complex.nii.gz", np.ones((9, 9, 9), np.complex64))


def no_dicom(folder: Path) -> Path:
    (folder / "DOE^JOHN").mkdir()
    (folder / "DOE^JOHN/letter.txt").write_text("Dear colleague")
    return folder / "DOE^JOHN"


def outside(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "outside.zip", "w") as packed:
        packed.writestr("../../DOE", "x")
    return folder / "outside.zip"


def no_zip(folder: Path) -> Path:
    (folder / "no.zip").write_bytes(b"PK\x03\x04 no more")
    return folder / "no.zip"


def flair(folder: Path) -> Path:
    fields = {"ScanningSequence": "SE_IR", "InversionTime": 2.5, "EchoTime": 0.1}
    fields |= {"RepetitionTime": 9, "SeriesDescription": "t2_flair"}
    (folder / "flair.json").write_text(json.dumps(fields))
    return nifti(folder / "flair.nii.gz", np.ones((9, 9, 9), np.float32))


WAYS: tuple[Callable[[Path], Path], ...] = (
    *(gone, empty, cut, series, nowhere),
    *(complex_numbers, no_dicom, outside, no_zip, flair),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> tuple[MapStudy, list[str], Path]:
    """Return a study, who fails in it, and the folder to run in."""
    top = tmp_path_factory.mktemp("missing")
    study = MapStudy(
        top / "study", {"HC": 90, "PSP": 90} if MANY else {"HC": 3, "PSP": 3}
    )
    failing = []
    for number in range(2 * len(WAYS) if MANY else len(WAYS)):
        name = f"sub-f{number:02d}"
        folder = study.folder / name
        folder.mkdir()
        path = str(WAYS[number % len(WAYS)](folder))
        scan = {"participant_id": name, "map": "n/a", "t1w": path, "t2w": path}
        if path.endswith("gz"):
            other = nifti(folder / "t2w.nii.gz", np.ones((9, 9, 9), np.float32))
            scan["t2w"] = str(other)
        study.rows.append(study.rows[number % 2] | scan)
        failing.append(name)
    study.write()
    return study, failing, top / "run"


@pytest.fixture(scope="module")
def first(study, run_in):
    config = str(study[0].folder / "config.yaml")
    return run_in(study[2], "group", "--keep-going", "--configfile", config)


def test_the_last_screen_names_everybody_with_reason_and_log(study, first):
    assert first.returncode != 0
    lines = (first.stdout + first.stderr).rstrip().splitlines()
    heading = max(n for n, line in enumerate(lines) if "cannot be analysed" in line)
    assert len(lines) - heading < 40
    screen = "\n".join(lines[heading:])
    assert f"{len(study[1])} participants cannot be analysed" in screen
    for name in study[1]:
        (line,) = re.findall(rf"^  {name} .*$", screen, flags=re.M)
        _, step, reason = line.split(maxsplit=2)
        assert step in {"check:", "import_participant:"}
        assert len(reason) > 20
        assert ("logs/import_participant" in reason) == (step != "check:")
    assert "results/qc/exclusions.tsv" in screen
    assert "Traceback" not in first.stdout + first.stderr


def test_the_list_of_exclusions_is_the_same(study, first):
    _, failing, folder = study
    table = (folder / "results/qc/exclusions.tsv").read_text()
    assert sorted({line.split("\t")[0] for line in table.splitlines()[1:]}) == failing
    assert "DOE" not in table
    assert str(folder.parent) not in table


def test_the_same_command_goes_on_to_the_group(study, first, run_in):
    config = str(study[0].folder / "config.yaml")
    how = [] if MANY else ["-n"]
    run = run_in(study[2], "group", *how, "-k", "--configfile", config)
    assert run.returncode == 0, (run.stdout + run.stderr)[-3000:]
    assert not re.search(r"import_participant +\d", run.stdout + run.stderr)
    assert re.search(r"group_ttest +1", run.stdout + run.stderr)
