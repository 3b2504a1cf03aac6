"""Files for word processors: fixed bytes, no person or place, one font, any text."""

import hashlib
import time
import zipfile

import pytest
import word_reader
from docx.enum.section import WD_ORIENT
from docx.shared import Mm
from hostile import hostile_texts

from rt1t2.paper import word_file
from rt1t2.paper.word_file import Run, add_runs, new_document, save


def saved(path, title="Tables"):
    document = new_document(title)
    document.add_heading("One", 1)
    add_runs(document.add_paragraph(), [Run("two "), Run("three", bold=True)])
    save(document, path)
    return path


def test_the_bytes_do_not_depend_on_the_clock(tmp_path):
    digests = []
    for number in range(2):
        path = saved(tmp_path / f"{number}.docx")
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
        time.sleep(2.1)  # a zip tells even seconds apart
    assert digests[0] == digests[1]
    with zipfile.ZipFile(path) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {
            (1980, 1, 1, 0, 0, 0)
        }
        assert packed.testzip() is None


def test_the_properties_name_the_workflow_and_nobody(tmp_path):
    properties = word_reader.opened(saved(tmp_path / "a.docx")).core_properties
    assert (properties.author, properties.last_modified_by) == ("rT1T2", "rT1T2")
    assert (properties.title, properties.comments) == ("Tables", "")
    assert properties.created.year == properties.modified.year == 1980
    texts = word_reader.parts(tmp_path / "a.docx")  # all are XML: no thumbnail
    assert not [name for name, text in texts.items() if str(tmp_path) in text]
    assert "TargetMode" not in "".join(texts.values())


def test_the_fonts_are_named_and_not_a_themes(tmp_path):
    document = word_reader.opened(saved(tmp_path / "a.docx"))
    for name in ("Normal", "Heading 1", "Heading 2", "List Bullet", "Quote", "Caption"):
        fonts = document.styles[name].element.rPr.rFonts
        assert document.styles[name].font.name == "Arial"
        assert not [key for key in fonts.attrib if "heme" in key], name


def test_pages_are_a4_and_turn():
    document = new_document("x")
    word_file.turn(document, landscape=True)
    assert len(document.sections) == 1  # no empty page before the first
    document.add_paragraph("a")
    word_file.turn(document, landscape=False)
    shapes = [(s.orientation, round(s.page_width.mm)) for s in document.sections]
    assert shapes == [(WD_ORIENT.LANDSCAPE, 297), (WD_ORIENT.PORTRAIT, 210)]
    for section, landscape in zip(document.sections, (True, False), strict=True):
        inside = section.page_width - section.left_margin - section.right_margin
        assert inside == pytest.approx(Mm(word_file.text_width_mm(landscape)), rel=1e-3)


def test_pages_are_numbered(tmp_path):
    document = new_document("x")
    word_file.number_pages(document)
    save(document, tmp_path / "a.docx")
    footers = [
        t for n, t in word_reader.parts(tmp_path / "a.docx").items() if "footer" in n
    ]
    assert [text.count('w:instr="PAGE"') for text in footers] == [1]


def test_any_text_is_text(tmp_path):
    document = new_document("x")
    for text in hostile_texts():
        add_runs(document.add_paragraph(), [Run(text), Run("moved", bold=True)])
    save(document, tmp_path / "a.docx")
    kinds = word_reader.elements(tmp_path / "a.docx")
    ours = {"document", "body", "p", "r", "t", "rPr", "b", "pPr", "sectPr", "pgSz"}
    ours |= {"pgMar", "cols", "docGrid", "br", "tab", "cr", "noBreakHyphen"}
    assert {kind.rpartition("}")[2] for kind in kinds} <= ours
    paragraphs = word_reader.opened(tmp_path / "a.docx").paragraphs
    for text, paragraph in zip(hostile_texts(), paragraphs, strict=True):
        letters = [c for c in text if c.isprintable()]
        assert [c for c in paragraph.text if c.isprintable()] == [*letters, *"moved"]
