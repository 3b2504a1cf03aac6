"""The participants table: every wrong row gives one message, before any work."""

import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import MachineError, UserError
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
    assert cohort.analysed_rows("age", "sex", "iq") == [
        {"participant_id": "sub-01", "group": "HC", "age": "60", "sex": "F"}
    ]
    assert cohort.analysed_rows() == [{"participant_id": "sub-01", "group": "HC"}]


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
            ["lesion", "matrix 4 x 5 x 7 instead of 4 x 5 x 6", "resample"],
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
    (problem,) = problems
    assert "no folder sub-02 in the BIDS data set" in problem.message


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


@pytest.mark.parametrize(
    "age", ["nan", "inf", "-61", "1961", "6_1", "61,5", "89+", "61y", "٦١"]
)
def test_ages_that_are_none(table, age):
    (problem,) = table(GOOD.replace(" 60 ", f" {age} "))[1]
    assert f"age `{age}`" in problem.message


@pytest.mark.parametrize(
    "reason", ["no", "No", "0", "NA", "FALSE", "none", "-", "null", "keep"]
)
def test_what_is_no_reason_leaves_nobody_out_unasked(table, reason):
    cohort, problems = table(GOOD[:-3] + reason)
    assert cohort.exclusions == []
    assert f"exclude `{reason}` is not a reason" in problems[0].message


@pytest.mark.parametrize("reason", ["moved", "yes", "x", "no_T2w", "nausea", "1"])
def test_a_reason_leaves_out(table, reason):
    cohort, problems = table(GOOD, f"sub-02{GOOD[6:-3]}{reason}")
    assert (problems, cohort.analysed) == ([], ["sub-01"])
    assert cohort.exclusions[0]["reason"] == reason


@pytest.mark.parametrize(
    ("column", "cell"),
    [("age", "NA"), ("sex", "N/A"), ("lesion", "none"), ("t2w", "-")],
)
def test_another_code_for_a_missing_value_is_said(table, column, cell):
    cells = dict(zip(HEADER.split(), GOOD.split(), strict=True)) | {column: cell}
    messages = " ".join(p.message for p in table(" ".join(cells.values()))[1])
    assert f"{column} `{cell}`: n/a is the only code for a missing value" in messages


def test_ids_that_differ_by_case_only_are_one_on_some_disks(table):
    cohort, problems = table(
        GOOD.replace("sub-01", "sub-a1"), GOOD.replace("sub-01", "sub-A1")
    )
    assert cohort.analysed == []
    assert all("capital letters only" in problem.message for problem in problems)


PATHS = {
    "braces": ("sub{x}.nii.gz", "contains { or }"),
    "too long": ("x" * 5000, "no such file"),
    "a link to nothing": ("gone.nii.gz", "link to nothing"),
    "a zip as lesion": ("n/a", "no NIfTI file"),
    "a file that is no image": ("notes.txt", "neither a folder"),
}


@pytest.mark.parametrize("what", PATHS)
def test_one_bad_path_is_one_message_of_its_row(table, tmp_path, what):
    path, words = PATHS[what]
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "sub{x}.nii.gz").write_text("x")
    (tmp_path / "x.zip").write_text("x")
    (tmp_path / "gone.nii.gz").symlink_to("nowhere")
    row = GOOD.replace("sub-01", "sub-02").split()
    row[5 if what != "a zip as lesion" else 6] = "x.zip" if path == "n/a" else path
    cohort, problems = table(GOOD, " ".join(row))
    assert cohort.analysed == ["sub-01"]
    assert words in problems[0].message


@pytest.mark.parametrize(
    "name", ["X.ZIP", "X.TAR.GZ", "x.txz", "X.NII.GZ", "I.DCM", "i.ima"]
)
def test_endings_in_any_case_are_known(table, tmp_path, name):
    (tmp_path / name).write_text("x")
    assert table(GOOD.replace(" t2w.nii.gz", f" {name}"))[1] == []


def test_no_permission_stops_everything_and_blames_nobody(table, monkeypatch):
    stat = Path.stat

    def refuse(path, **more):
        if path.name == "t2w.nii.gz":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **more)

    monkeypatch.setattr("pathlib.Path.stat", refuse)
    with pytest.raises(MachineError, match="no permission"):
        table(GOOD)


def test_a_numeric_covariate_with_one_bad_cell_stops_with_that_cell(tmp_path):
    path = tmp_path / "p.tsv"

    def read(*years):
        rows = [f"sub-{n}\tHC\ta\tb\t{y}" for n, y in enumerate(years)]
        path.write_text("\n".join(["participant_id\tgroup\tt1w\tt2w\tyears", *rows]))
        return read_cohort(path, GROUPS, "HC", simulated=True, covariates=["years"])

    for odd in ("3,5", "nan", "inf", "6_1"):
        with pytest.raises(UserError, match=f"covariate years .*sub-2: `{odd}`"):
            read("2", "4", odd)
    assert read("2", "4", "n/a")[1] == []
    assert read("left", "none", "right")[1] == []
    for odd in ("3,5", "5%", "<3", "2020-01-02"):  # although nobody has a number
        with pytest.raises(UserError, match=f"covariate years .*sub-0: `{odd}`"):
            read(odd, odd, "n/a")
    with pytest.raises(UserError, match="`NA` for sub-2: n/a is the only code"):
        read("left", "right", "NA")
    with pytest.raises(UserError, match="`left` for some and `Left` for sub-2"):
        read("left", "right", "Left")


def excluded(folder, reason):
    (folder / "p.tsv").write_text(
        f"participant_id\tgroup\texclude\nsub-1\tHC\t{reason}\n", encoding="utf-8"
    )
    return read_cohort(folder / "p.tsv", GROUPS, "HC")


@pytest.mark.parametrize(
    "reason",
    [
        *("\u2013", "\u2014", "no.", "(no)", "ok", "included", "nein", "#N/A"),
        *("not excluded", "no exclusion", "nicht ausgeschlossen", "0,0", "k.A.", "in"),
    ],
)
def test_what_says_that_somebody_stays_is_no_reason(tmp_path, reason):
    _, problems = excluded(tmp_path, reason)
    assert f"exclude `{reason}` is not a reason" in problems[0].message


@pytest.mark.parametrize("reason", ["no T2w scan", "notch", "in motion", "nope, moved"])
def test_a_reason_may_begin_as_a_denial(tmp_path, reason):
    cohort, problems = excluded(tmp_path, reason)
    assert problems == []
    assert cohort.exclusions[0]["reason"] == reason


def test_a_retest_of_the_other_sex_is_another_person(tmp_path):
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4))
    for name in "abcd":
        nib.save(image, tmp_path / f"{name}.nii")
    lines = ["participant_id group sex t1w t2w retest_of"]
    lines += ["sub-1 HC F a.nii b.nii n/a", "sub-2 HC M c.nii d.nii sub-1"]
    path = tmp_path / "p.tsv"
    path.write_text("\n".join("\t".join(line.split()) for line in lines))
    (problem,) = read_cohort(path, GROUPS, "HC")[1]
    assert "retest_of sub-1, whose sex is F, and M here" in problem.message
    path.write_text(path.read_text().replace("M\t", "n/a\t"))
    assert read_cohort(path, GROUPS, "HC")[1] == []


def bids(folder, *names):
    """Write a BIDS data set of small images."""
    image = nib.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4))
    for name in names:
        path = folder / f"sub-{name.split('_')[0].removeprefix('sub-')}"
        session = [part for part in name.split("_") if part.startswith("ses-")]
        path = path.joinpath(*session, "anat", f"{name}.nii.gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(image, path)
    (folder / "dataset_description.json").write_text("{}")


def from_bids(tmp_path, *rows, columns="participant_id group"):
    path = tmp_path / "people.tsv"
    lines = [columns, *rows]
    path.write_text("".join("\t".join(line.split()) + "\n" for line in lines))
    return read_cohort(path, GROUPS, "HC", bids_dir=tmp_path / "bids")


def test_someone_without_t2w_in_the_data_set_is_left_out_and_listed(tmp_path):
    bids(tmp_path / "bids", "sub-01_T1w", "sub-01_T2w", "sub-02_T1w")
    cohort, problems = from_bids(tmp_path, "sub-01 HC", "sub-02 HC")
    assert (problems, cohort.analysed) == ([], ["sub-01"])
    assert cohort.exclusions[0]["reason"] == "no T2w in the BIDS data set"


RUNS = ("sub-01_run-1_T1w", "sub-01_run-2_T1w", "sub-01_T2w")


def test_several_candidates_are_listed_with_how_to_choose(tmp_path):
    bids(tmp_path / "bids", *RUNS)
    (problem,) = from_bids(tmp_path, "sub-01 HC")[1]
    for words in ("sub-01/anat/sub-01_run-1_T1w.nii.gz", "run-2", "`session`", "t1w"):
        assert words in problem.message


@pytest.mark.parametrize(
    "cell", ["run-2", "sub-01/anat/sub-01_run-2_T1w.nii.gz", "own_T1w.nii.gz"]
)
def test_a_cell_chooses_or_wins(tmp_path, cell):
    bids(tmp_path / "bids", *RUNS)
    nib.save(
        nib.Nifti1Image(np.ones((4, 5, 6)), np.eye(4)), tmp_path / "own_T1w.nii.gz"
    )
    cohort, problems = from_bids(
        tmp_path, f"sub-01 HC {cell}", columns="participant_id group t1w"
    )
    assert problems == []
    assert Path(cohort["sub-01"].t1w).name == (
        cell if cell.startswith("own") else "sub-01_run-2_T1w.nii.gz"
    )


def test_entities_that_nobody_has_are_said(tmp_path):
    bids(tmp_path / "bids", *RUNS)
    (problem,) = from_bids(
        tmp_path, "sub-01 HC run-7", columns="participant_id group t1w"
    )[1]
    assert "no T1w of sub-01 has the entities `run-7`" in problem.message


SESSIONS = [f"sub-01_ses-{s}_{i}" for s in ("1", "2") for i in ("T1w", "T2w")]


def test_a_longitudinal_data_set_is_a_row_per_session(tmp_path):
    bids(tmp_path / "bids", *SESSIONS)
    cohort, problems = from_bids(
        tmp_path,
        "sub-01 HC n/a 1 n/a",
        "sub-01b HC sub-01 ses-2 n/a",
        "sub-01c HC n/a 2 sub-01",
        columns="participant_id group person session retest_of",
    )
    assert problems == []
    names = [Path(person.t1w).name for person in cohort.participants.values()]
    assert names == [f"sub-01_ses-{s}_T1w.nii.gz" for s in "122"]
    assert all("_ses-" in person.t2w for person in cohort.participants.values())


def test_t1w_and_t2w_are_of_one_session(tmp_path):
    bids(tmp_path / "bids", "sub-01_ses-1_T1w", "sub-01_ses-2_T2w")
    (problem,) = from_bids(tmp_path, "sub-01 HC")[1]
    assert "different sessions (`1` and `2`)" in problem.message


@pytest.mark.parametrize("cell", ["sub-02", "sub-02/anat/sub-02_T1w.nii.gz"])
def test_the_path_of_somebody_else_is_refused(tmp_path, cell):
    bids(tmp_path / "bids", "sub-01_T1w", "sub-01_T2w", "sub-02_T1w")
    (problem,) = from_bids(
        tmp_path, f"sub-01 HC {cell}", columns="participant_id group t1w"
    )[1]
    assert "is of sub-02, and the row is of sub-01" in problem.message


def test_an_image_in_template_space_is_used_only_when_asked_for(tmp_path):
    bids(tmp_path / "bids", "sub-01_space-MNI_T1w", "sub-01_T2w")
    (problem,) = from_bids(tmp_path, "sub-01 HC")[1]
    assert "not as scanned (space-MNI)" in problem.message


def test_an_image_after_a_contrast_agent_is_used_only_when_asked_for(tmp_path):
    bids(tmp_path / "bids", "sub-01_ce-gad_T1w", "sub-01_T2w")
    (problem,) = from_bids(tmp_path, "sub-01 HC")[1]
    assert "contrast agent (ce-gad)" in problem.message
    cohort, problems = from_bids(
        tmp_path, "sub-01 HC ce-gad", columns="participant_id group t1w"
    )
    assert problems == []
    assert "ce-gad" in cohort["sub-01"].t1w


@pytest.mark.parametrize(
    "name", ["001", "sub_02", "sub-pat-03", "sub-0\u200b1", "Sub-01"]
)
def test_ids_of_other_forms_are_refused(table, name):
    (problem,) = table(GOOD.replace("sub-01", name))[1]
    assert f"participant_id `{name}` is not `sub-` and letters" in problem.message


@pytest.mark.parametrize("sex", ["m", "female", "O", "1"])
def test_other_codes_of_sex_are_refused(table, sex):
    (problem,) = table(GOOD.replace(" F ", f" {sex} "))[1]
    assert f"sex `{sex}` is not M, F or n/a" in problem.message


@pytest.mark.parametrize("path", ["~/t2w.nii.gz", "C:\\scans\\t2w.nii.gz", "./none"])
def test_paths_of_other_shells_are_no_such_file(table, path):
    (problem,) = table(GOOD.replace(" t2w.nii.gz", f" {path}"))[1]
    assert "no such file" in problem.message


def test_a_folder_of_links_holds_files(table, tmp_path):
    (tmp_path / "store/anat").mkdir(parents=True)
    (tmp_path / "store/anat/IM1").write_text("x")
    (tmp_path / "visit").mkdir()
    (tmp_path / "visit/anat").symlink_to(tmp_path / "store/anat")
    assert table(GOOD.replace(" t2w.nii.gz", " visit"))[1] == []


def test_a_session_that_is_not_there_is_said(tmp_path):
    bids(tmp_path / "bids", *SESSIONS)
    (problem,) = from_bids(
        tmp_path, "sub-01 HC 7", columns="participant_id group session"
    )[1]
    assert "no image of sub-01 is of session `7`" in problem.message


def test_a_row_with_too_many_cells_leaves_the_others_alone(table):
    cohort, problems = table(GOOD, f"sub-02{GOOD[6:]} too many")
    assert cohort.analysed == ["sub-01"]
    (problem,) = problems
    assert "sub-02 (line 3 of" in problem.message
    assert "11 cells for 9 columns" in problem.message


@pytest.mark.parametrize("age", ["-999", "nan", "inf", "121", "-1"])
def test_an_age_that_nobody_has_is_refused(table, age):
    cohort, problems = table(GOOD.replace(" 60 ", f" {age} "))
    assert not cohort.participants
    assert f"age `{age}`" in problems[0].message


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
        "b1_maps": 0,
        "given_origins": 1,
    }
    assert cohort.sizes(GROUPS) == {"HC": 2}


B1 = {
    "sub-01_TB1map.nii.gz": None,
    "sub-01_acq-tr1_TB1AFI.nii.gz": "no file of the same name with acq-tr2",
    "sub-01_echo-1_TB1EPI.nii.gz": "TB1EPI, which is not read",
    "b1.zip": "is no NIfTI file",
    "nowhere.nii.gz": "no such file",
}


@pytest.mark.parametrize("name", B1)
def test_a_transmit_map_is_a_file_or_a_whole_pair(tmp_path, table, name):
    if not name.startswith("nowhere"):
        (tmp_path / name).write_text("x")
    table(GOOD)  # writes the images
    path = tmp_path / "participants.tsv"
    first, row, *_ = path.read_text().splitlines()
    path.write_text(f"{first}\tb1\n{row}\t{name}\n")
    cohort, problems = read_cohort(path, GROUPS, "HC")
    if B1[name] is None:
        assert cohort["sub-01"].b1 == str(tmp_path / name)
        assert cohort.sources()["b1_maps"] == 1
    else:
        assert B1[name] in problems[0].message
