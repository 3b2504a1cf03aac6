"""The participants table: every wrong row gives one message, before any work."""

import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.participants import read_cohort

HEADER = "participant_id\tgroup\tage\tsex\tt1w\tt2w\tlesion\tac_mm\texclude\n"
GROUPS = ["HC", "PSP"]


@pytest.fixture
def table(tmp_path: Path):
    """Return a function that writes a table of rows and reads it."""
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4))
    other_grid = nib.Nifti1Image(np.ones((4, 5, 7), np.uint8), np.eye(4))
    nib.save(image, tmp_path / "t1w.nii.gz")
    nib.save(image, tmp_path / "t2w.nii.gz")
    nib.save(other_grid, tmp_path / "lesion.nii.gz")
    (tmp_path / "empty").mkdir()
    path = tmp_path / "participants.tsv"

    def read(*rows: str):
        path.write_text(HEADER + "".join("\t".join(r.split()) + "\n" for r in rows))
        return read_cohort(path, GROUPS, "HC")

    return read


GOOD = "sub-01 HC 60 F t1w.nii.gz t2w.nii.gz n/a n/a n/a"


def test_a_good_row_is_a_participant(table):
    cohort, problems = table(GOOD)
    assert problems == []
    assert cohort.scanned == cohort.analysed == cohort.reference == ["sub-01"]
    assert Path(cohort["sub-01"].t1w).is_absolute()
    assert cohort.analysed_rows() == [
        {"participant_id": "sub-01", "group": "HC", "age": "60", "sex": "F"}
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "sub-01 HC 60 F gone.nii.gz t2w.nii.gz n/a n/a n/a",
            ["t1w", "no such file", "gone"],
        ),
        ("sub-01 XX 60 F t1w.nii.gz t2w.nii.gz n/a n/a n/a", ["group `XX`", "HC, PSP"]),
        ("sub-01 HC 60 F t1w.nii.gz t1w.nii.gz n/a n/a n/a", ["t2w is the T1w again"]),
        ("sub-01 HC 60 F empty t2w.nii.gz n/a n/a n/a", ["holds no file"]),
        (
            "sub-01 HC 60 F t1w.nii.gz t2w.nii.gz lesion.nii.gz n/a n/a",
            ["lesion", "4x5x7", "4x5x6", "resample"],
        ),
        ("sub-01 HC 60 F t1w.nii.gz t2w.nii.gz n/a 1,2 n/a", ["ac_mm", "x,y,z"]),
        ("sub-01 HC old F t1w.nii.gz t2w.nii.gz n/a n/a n/a", ["age `old`"]),
        ("sub-01 HC 60 x t1w.nii.gz t2w.nii.gz n/a n/a n/a", ["sex `x`"]),
        (
            "sub_01 HC 60 F t1w.nii.gz t2w.nii.gz n/a n/a n/a",
            ["participant_id", "letters"],
        ),
        (
            "sub-01 HC 60 F participants.tsv t2w.nii.gz n/a n/a n/a",
            ["neither a folder"],
        ),
    ],
)
def test_a_wrong_row_is_one_message_that_names_line_and_remedy(table, row, words):
    cohort, problems = table(GOOD.replace("sub-01", "sub-00"), row)
    assert cohort.analysed == ["sub-00"]
    (problem,) = problems
    assert "line 3 of" in problem.message
    for word in words:
        assert word in problem.message


def test_a_repeated_id_is_a_problem_of_both_rows(table):
    cohort, problems = table(GOOD, GOOD)
    assert cohort.analysed == []
    assert len(problems) == 2
    assert "more than one row" in problems[0].message


def test_left_out_by_reason_and_without_t2w_are_listed(table):
    cohort, problems = table(
        GOOD,
        "sub-02 HC 60 F t1w.nii.gz n/a n/a n/a n/a",
        "sub-03 PSP 60 F t1w.nii.gz t2w.nii.gz n/a n/a motion",
    )
    assert problems == []
    assert cohort.analysed == ["sub-01"]
    assert [(e["participant_id"], e["reason"]) for e in cohort.exclusions] == [
        ("sub-02", "no T2w"),
        ("sub-03", "motion"),
    ]


def test_a_table_with_commas_says_so(tmp_path):
    path = tmp_path / "participants.tsv"
    path.write_text("participant_id,group\nsub-01,HC\n")
    with pytest.raises(UserError, match="separated by tabs"):
        read_cohort(path, GROUPS, "HC")


def test_a_bids_data_set_gives_the_images(tmp_path, table):
    folder = tmp_path / "bids/sub-01/anat"
    folder.mkdir(parents=True)
    for suffix in ("T1w", "T2w"):
        nib.save(
            nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4)),
            folder / f"sub-01_{suffix}.nii.gz",
        )
    path = tmp_path / "people.tsv"
    path.write_text("participant_id\tgroup\nsub-01\tHC\nsub-02\tHC\n")
    cohort, problems = read_cohort(path, GROUPS, "HC", bids_dir=tmp_path / "bids")
    assert cohort["sub-01"].t2w.endswith("sub-01_T2w.nii.gz")
    assert any("0 T1w images" in p.message for p in problems)


def test_a_repeated_scan_is_scanned_but_neither_analysed_nor_reference(tmp_path):
    def read(*rows):
        lines = ["participant_id group t1w t2w retest_of", *rows]
        text = "\n".join("\t".join(line.split()) for line in lines)
        (tmp_path / "p.tsv").write_text(text + "\n")
        return read_cohort(tmp_path / "p.tsv", GROUPS, "HC", simulated=True)

    first = "sub-01 HC a b n/a"
    cohort, problems = read(first, "sub-01b HC c d sub-01")
    assert problems == []
    assert cohort.analysed == cohort.reference == cohort.analysed_scans == ["sub-01"]
    assert cohort.members("HC") == ["sub-01"]
    assert cohort.scanned == ["sub-01", "sub-01b"]
    for row, words in (
        ("sub-01b HC c d sub-02", "is not the participant_id of another row"),
        ("sub-01b HC c d sub-01b", "is not the participant_id of another row"),
        ("sub-01b PSP c d sub-01", "one person is in one group"),
    ):
        (problem,) = read(first, row)[1]
        assert words in problem.message


def test_the_snakefile_needs_no_science_package():
    """What `rules/common.smk` imports loads nothing that a bare Snakemake does not bring."""
    root = Path(__file__).resolve().parents[3]
    lines = (root / "rules/common.smk").read_text().splitlines()
    imports = [line for line in lines if line.startswith("from rt1t2.")]
    assert len(imports) > 3
    packages = ("numpy", "scipy", "nibabel", "pydicom", "pandas")
    code = [*imports, "import sys", f"print({{*sys.modules}} & {{*{packages}}})"]
    loaded = subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        env={**os.environ, "PYTHONPATH": str(root / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "set()"


@pytest.mark.parametrize("age", ["-999", "nan", "inf", "121", "-1"])
def test_an_age_that_nobody_has_is_refused(table, age):
    cohort, problems = table(GOOD.replace(" 60 ", f" {age} "))
    assert not cohort.participants
    assert f"age `{age}` is not between 0 and 120 years" in problems[0].message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_tables_in_other_encodings_are_read(table, tmp_path, encoding):
    table(GOOD)
    path = tmp_path / "participants.tsv"
    text = path.read_text().replace("exclude\n", "exclude\tnote\n")
    path.write_bytes(text.replace("n/a\n", "n/a\tgrün\n").encode(encoding))
    cohort, problems = read_cohort(path, GROUPS, "HC")
    assert problems == []
    assert cohort.row("sub-01")["note"] == "grün"


def test_one_map_for_several_people_is_refused(tmp_path):
    for name in ("a", "b"):
        data = np.ones((2, 2, 2), np.float32)
        nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / f"{name}.nii")
    path = tmp_path / "participants.tsv"
    lines = ["participant_id\tgroup\tmap"]
    lines += [f"sub-{k}\tHC\t{m}.nii" for k, m in enumerate("aab")]
    path.write_text("\n".join(lines))
    cohort, problems = read_cohort(path, GROUPS, "HC")
    assert [problem.participant_id for problem in problems] == ["sub-0", "sub-1"]
    assert "is also the map of sub-1" in problems[0].message
    assert list(cohort.participants) == ["sub-2"]


def test_what_the_analysed_came_with_is_counted(table):
    cohort, _ = table(
        GOOD, GOOD.replace("sub-01", "sub-02").replace("n/a n/a n/a", "n/a 1,2,3 n/a")
    )
    assert cohort.sources() == {
        "finished_maps": 0,
        "scans": 2,
        "dicom": 0,
        "lesions": 0,
        "given_origins": 1,
    }
    assert cohort.sizes(GROUPS) == {"HC": 2}
