"""What a run leaves for others names no path of the user's, and a rule knows only what it uses."""

import gzip
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from map_study import MapStudy

NAME, REMARK = "Muster^Erika", "claustrophobic"


@pytest.fixture(scope="module")
def finished(tmp_path_factory, run_in) -> tuple[MapStudy, Path, str]:
    """Return a study whose paths hold a name, its run folder, and what the run printed."""
    top = tmp_path_factory.mktemp("privacy")
    study = MapStudy(top / f"{NAME} 1960", {"HC": 4, "PSP": 3}, effect=0.3)
    for row in study.rows:
        row["remark"] = REMARK
    study.rows[0]["retest_of"] = "n/a"
    study.rows.append(
        study.rows[-1] | {"participant_id": "sub-99", "map": f"{NAME}_gone.nii.gz"}
    )
    (study.folder / f"{NAME}.nii.gz").write_bytes(b"no image")
    study.rows.append(
        study.rows[-1] | {"participant_id": "sub-98", "exclude": f"see ~/{NAME}/a.txt"}
    )
    run = run_in(top / "run", "--keep-going", "--configfile", study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    return study, top / "run", run.stdout + run.stderr


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if content[:2] == b"\x1f\x8b":
                content = gzip.decompress(content)
            if content[:2] == b"PK":
                with zipfile.ZipFile(path) as packed:
                    content = b"".join(map(packed.read, packed.namelist()))
            yield str(path.relative_to(folder)), content.decode("latin-1")


def test_no_result_names_a_path_or_an_unused_column(finished):
    study, run, _ = finished
    private = ("Muster", "Erika", REMARK, str(study.folder.parent))
    leaks = {
        (name, word)
        for name, text in texts(run / "results")
        for word in private
        if word in text
    }
    assert leaks == set()


def test_the_exclusions_say_it_in_words(finished):
    table = (finished[1] / "results/qc/exclusions.tsv").read_text()
    assert re.search(r"sub-99 \(line \d+ of the participants table\): map: ", table)
    assert "no such file or folder: the map." in table
    assert "\tsee a file\n" in table


def test_snakemakes_records_hold_no_unused_column(finished):
    metadata = finished[1] / ".snakemake/metadata"
    assert any(metadata.iterdir())
    assert [name for name, text in texts(metadata) if REMARK in text] == []


def planned(run_in, finished) -> set[str]:
    study, folder, _ = finished
    run = run_in(folder, "-n", "--keep-going", "--configfile", study.write())
    assert run.returncode == 0, run.stdout + run.stderr
    _, _, stats = run.stdout.partition("Job stats:")
    jobs = stats.partition("\ntotal")[0]
    return set(re.findall(r"^(\w+) +\d+$", jobs, flags=re.M)) - {"all"}


# They say who is missing, and the list is written again when the table has changed
TEXTS = {"methods", "methods_docx", "tables_docx", "report"}
CHANGES = {
    "a remark": ("rows", "remark", "none", set()),
    "an age": ("rows", "age", "71", {"demographics", "table_1", *TEXTS}),
    "null studies": (
        *("statistics", "null_studies", 21),
        {
            "group_error_rate",
            "group_clusters",
            "table_2",
            "figure_1",
            "figure_3",
            "viewer",
        }
        | TEXTS,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_nobody_reads_makes_nothing_again(finished, run_in, change):
    place, key, value, rules = CHANGES[change]
    study = finished[0]
    section = study.rows[0] if place == "rows" else study.config[place]
    before = section[key]
    section[key] = value
    again = planned(run_in, finished)
    section[key] = before
    assert again == rules
