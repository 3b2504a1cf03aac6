"""What a word processor shows of a file: its texts, tables and pages, read with python-docx."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.table import Table
from docx.text.paragraph import Paragraph

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def blocks(document: Document) -> list[Paragraph | Table]:
    """Return paragraphs and tables as they follow one another; empty paragraphs are left out."""
    found = list(document.iter_inner_content())
    return [one for one in found if isinstance(one, Table) or one.text]


def cells(table: Table) -> list[list[str]]:
    """Return the texts of a table; a cell that spans several columns comes once."""
    rows = []
    for row in table.rows:
        spread = {id(cell._tc): cell.text for cell in row.cells}
        rows.append(list(spread.values()))
    return rows


def headings(table: Table) -> int:
    """Return how many rows come again on every page."""
    return len(table._tbl.findall(f".//{WORD}tblHeader"))


def landscape_of_tables(document: Document) -> list[bool]:
    """Tell of every table whether its page lies on its side."""
    sections = [s.orientation == WD_ORIENT.LANDSCAPE for s in document.sections]
    found, number = [], 0
    for element in document.element.body:
        if element.tag == f"{WORD}tbl":
            found.append(sections[number])
        number += element.find(f"{WORD}pPr/{WORD}sectPr") is not None
    return found


def parts(path: Path) -> dict[str, str]:
    """Return the XML of a file by name; every part has to be well formed."""
    with zipfile.ZipFile(path) as packed:
        texts = {n: packed.read(n).decode() for n in packed.namelist()}
    for text in texts.values():
        ElementTree.fromstring(text)
    return texts


def elements(path: Path) -> set[str]:
    """Return the kinds of elements of a file's text, and what it points to outside."""
    texts = parts(path)
    kinds = {e.tag for e in ElementTree.fromstring(texts["word/document.xml"]).iter()}
    outside = re.findall(
        r'Target="[^"]*" TargetMode="External"', "".join(texts.values())
    )
    return kinds | {*outside}


def opened(path: Path) -> Document:
    """Open a file."""
    return docx.Document(str(path))
