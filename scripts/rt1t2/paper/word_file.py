"""Files for word processors: one look, and the same bytes whenever they are written."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

# On every system, or one as wide in its place
FONT, FIXED_FONT = "Arial", "Courier New"
TEXT_PT, NOTE_PT, TABLE_PT = 11, 9, 8
TABLE_TEXT = "Table Text"
HEADING_PT = {"Heading 1": 16, "Heading 2": 13, "Heading 3": 11}
A4_MM, MARGIN_MM = (210, 297), 20
DATE = datetime.datetime(1980, 1, 1)  # the earliest that a zip can say
READABLE = 0o100644 << 16  # a file that everybody may read
# What XML 1.0 allows in a text (section 2.2, Char)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Run(NamedTuple):
    """A part of a text in one form."""

    text: str
    bold: bool = False
    italic: bool = False
    fixed: bool = False


def new_document(title: str) -> Document:
    """Return an empty document: A4, one font, no name of a person or a place."""
    document = docx.Document()
    properties = document.core_properties
    properties.author = properties.last_modified_by = "rT1T2"
    properties.title, properties.comments = title, ""
    properties.created = properties.modified = DATE
    relations = document.part.package.rels
    for key in [
        k for k, r in relations.items() if r.reltype == RELATIONSHIP_TYPE.THUMBNAIL
    ]:
        del relations[key]  # the picture of another page

    _style(document, "Normal", TEXT_PT, after=6)
    for name, size in HEADING_PT.items():
        _style(document, name, size, before=12, after=4)
    _style(document, "List Bullet", TEXT_PT, after=3)
    _style(document, "Caption", TEXT_PT, after=4).paragraph_format.keep_with_next = True
    _style(document, "Body Text", NOTE_PT, before=4)  # below a table
    quote = _style(document, "Quote", TEXT_PT, before=6, after=6)
    quote.paragraph_format.left_indent = Mm(8)
    quote.font.italic = False
    document.styles.add_style(TABLE_TEXT, WD_STYLE_TYPE.PARAGRAPH)
    _style(document, TABLE_TEXT, TABLE_PT, before=1.5, after=1.5)
    language = document.styles.element.find(f".//{qn('w:lang')}")
    language.set(qn("w:val"), "en-GB")
    _shape(document.sections[0], landscape=False)
    return document


def _style(
    document: Document, name: str, size: float, before: float = 0, after: float = 0
) -> ParagraphStyle:
    style: ParagraphStyle = document.styles[name]
    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.paragraph_format.space_before = Pt(before)
    style.paragraph_format.space_after = Pt(after)
    fonts = style.element.rPr.rFonts
    for key in [key for key in fonts.attrib if key.lower().endswith("theme")]:
        del fonts.attrib[key]  # a theme's font would win over the named one
    for script in ("w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    return style


def text_width_mm(landscape: bool) -> int:
    """Return how wide a line is."""
    return A4_MM[landscape] - 2 * MARGIN_MM


def turn(document: Document, landscape: bool) -> None:
    """Let what follows begin on a new page, upright or on its side; the first page is there."""
    empty = len(document.element.body) == 1
    section = (
        document.sections[-1] if empty else document.add_section(WD_SECTION.NEW_PAGE)
    )
    _shape(section, landscape)


def _shape(section: Section, landscape: bool) -> None:
    short, long = map(Mm, A4_MM)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (
        (long, short) if landscape else (short, long)
    )
    section.left_margin = section.right_margin = Mm(MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(MARGIN_MM)


def add_runs(paragraph: Paragraph, runs: Iterable[Run]) -> None:
    """Write texts as they are; characters that no XML holds are left out."""
    for part in runs:
        run = paragraph.add_run(NOT_XML.sub("", part.text))
        run.bold, run.italic = part.bold or None, part.italic or None
        if part.fixed:
            run.font.name = FIXED_FONT


def number_pages(document: Document) -> None:
    """Put the page's number at the foot of every page."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = 1
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def save(document: Document, path: str | Path) -> None:
    """Write a document whose bytes depend on what is in it alone.

    python-docx dates the entries of the zip with the clock.
    """
    written = io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as dated, zipfile.ZipFile(path, "w") as fixed:
        for name in dated.namelist():
            entry = zipfile.ZipInfo(name, DATE.timetuple()[:6])
            entry.external_attr = READABLE
            entry.create_system = 3  # Unix, wherever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, dated.read(name))
