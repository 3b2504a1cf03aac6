"""Whatever a user writes is shown as it is: no page, table or figure runs it."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import chromium
import pytest
import word_reader
from hostile import FIRE, hostile_texts, skeleton
from map_study import MapStudy

from rt1t2.user_text import visible

HOSTILE = hostile_texts(200)
HARMLESS = [f"moved away {number}" for number in range(200)]
# Tab, quotation mark, UTF-8, from the first line; formulas are evaluated
AS_TSV = "Text - txt - csv (StarCalc):9,34,76,1"


def one_cell(text: str) -> str:
    """Return a text as a cell of a table of text: no tab, line or zero byte."""
    cell = re.sub(r"[\t\r\n\0]", " ", text).strip()
    return cell if visible(cell.strip('"')) else f"x{cell}"


def named(text: str) -> str:
    """Return a text as the name of a column or a receptor: short enough to be told apart."""
    return one_cell(text)[:120]


def write_hostile(folder: Path, texts: list[str]) -> str:
    """Write a study with texts in every place that a user can fill."""
    study = MapStudy(folder, {"HC": 4, "PSP": 4, "MS": 3}, effect=0.5)
    cells = [named(text) for text in texts]
    study.config["groups"] = {"HC": texts[3], "PSP": texts[16], "MS": texts[9]}
    study.config["contrasts"] = study.config["contrasts"][:1]
    study.config["statistics"] |= {"covariates": [cells[1]], "label_clusters": True}
    for number, row in enumerate(study.rows):
        row[cells[1]] = cells[20 + number % 2]
        row["protocol"] = cells[30 + number % 3]
    people = len(study.rows)
    for number, text in enumerate(texts):
        left_out = {"participant_id": f"sub-x{number}", "exclude": one_cell(text)}
        study.rows.append(study.rows[number % people] | left_out)
    labels = (folder / "atlas.tsv").read_text().splitlines()
    lines = [
        f'{line.split(chr(9))[0]}\t"{named(text).replace(chr(34), chr(34) * 2)}"'
        for line, text in zip(labels[1:], texts[40:], strict=False)
    ]
    (folder / "atlas.tsv").write_text("\n".join([labels[0], *lines]) + "\n")
    header, *rows = (folder / "receptors.tsv").read_text().splitlines()
    for number, row in enumerate(rows):
        _, name, *_, url, digest, default = row.split("\t")
        quoted = [
            f'"{named(text).replace(chr(34), chr(34) * 2)}"'
            for text in texts[70 + 4 * number :][:4]
        ]
        rows[number] = "\t".join([quoted[0], name, *quoted[1:], url, digest, default])
    (folder / "receptors.tsv").write_text("\n".join([header, *rows]) + "\n")
    return study.write()


@pytest.fixture(scope="module")
def results(tmp_path_factory, run_in) -> dict[str, Path]:
    """Run the study with hostile and with harmless texts; return their results."""
    found = {}
    for name, texts in (("hostile", HOSTILE), ("harmless", HARMLESS)):
        top = tmp_path_factory.mktemp(name)
        run = run_in(top / "run", "--configfile", write_hostile(top / "study", texts))
        assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
        found[name] = top / "run/results"
    return found


def pages(results: Path) -> dict[str, Path]:
    return {str(p.relative_to(results)): p for p in sorted(results.rglob("*.html"))}


def test_no_page_has_an_element_or_address_that_a_text_brought(results):
    hostile, harmless = (pages(results[name]) for name in ("hostile", "harmless"))
    assert set(hostile) == set(harmless) >= {"report.html", "qc/index.html"}
    for name, page in hostile.items():
        ours = skeleton(harmless[name].read_text())
        assert skeleton(page.read_text()) - ours == set(), name


def test_the_pages_show_the_texts(results):
    report = (results["hostile"] / "report.html").read_text()
    assert report.count("data-fired") > 100
    assert "doi:10.1/x" in report


def test_the_drawings_are_well_formed(results):
    drawings = sorted(results["hostile"].rglob("*.svg"))
    assert len(drawings) >= 6
    for path in drawings:
        tree = ElementTree.parse(path)
        kinds = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert not kinds & {"script", "foreignObject", "a", "iframe", "animate"}
        assert not [n for e in tree.iter() for n in e.attrib if n.startswith("on")]


def test_the_methods_text_holds_nothing_that_other_programs_run(results):
    text = (results["hostile"] / "paper/methods.md").read_text()
    assert not re.search(r"(?<!\\)<(script|img|svg|iframe|a |body)", text)
    assert not re.search(r"(?<!\\)\]\((javascript|http)", text)


@pytest.mark.parametrize("name", ["tables", "methods"])
def test_the_files_for_word_processors_hold_texts_and_no_more(results, name):
    hostile, harmless = (
        word_reader.elements(results[kind] / f"paper/{name}.docx")
        for kind in ("hostile", "harmless")
    )
    assert hostile - harmless == set()


def chromium_fires(page: Path, profile: Path) -> bool:
    """Tell whether a page runs what the texts ask for."""
    said = chromium.opened(page, profile)
    assert "<body" in said.stdout
    return bool(re.search(r"<html[^>]*data-fired", said.stdout))


@chromium.ABSENT
def test_chromium_runs_none_of_them(results, tmp_path):
    control = tmp_path / "control.html"
    control.write_text(f"<html><body><img src=x onerror={FIRE}></body></html>")
    assert chromium_fires(control, tmp_path / "profile")
    for name, page in pages(results["hostile"]).items():
        assert not chromium_fires(page, tmp_path / "profile"), name


def calc_is_there() -> bool:
    """Tell whether LibreOffice reads tables: its Writer may be there without its Calc."""
    office = shutil.which("soffice")
    return bool(office) and Path(office).resolve().with_name("libsclo.so").exists()


@pytest.mark.skipif(not calc_is_there(), reason="LibreOffice Calc is absent")
def test_libreoffice_finds_no_formula_in_any_table(results, tmp_path):
    folder = results["hostile"]
    (tmp_path / "control.tsv").write_text("a\tb\n1\t=1+1\n")
    tables = {"control": tmp_path / "control.tsv"}
    for number, path in enumerate(sorted(folder.rglob("*.tsv"))):
        tables[f"{number}_{path.stem}"] = path
    assert len(tables) > 15
    for name, path in tables.items():
        shutil.copy(path, tmp_path / f"{name}.txt")
    subprocess.run(
        [
            *(
                "soffice",
                "--headless",
                f"-env:UserInstallation={(tmp_path / 'p').as_uri()}",
            ),
            *(
                f"--infilter={AS_TSV}",
                "--convert-to",
                "fods",
                "--outdir",
                str(tmp_path),
            ),
            *(str(tmp_path / f"{name}.txt") for name in tables),
        ],
        capture_output=True,
        timeout=500,
        check=True,
    )
    formulas = {
        name: len(
            re.findall(r"table:formula=", (tmp_path / f"{name}.fods").read_text())
        )
        for name in tables
    }
    assert formulas.pop("control") == 1
    assert set(formulas.values()) == {0}
