"""The methods text in a file: the same words, in headings, paragraphs, lists and tables."""

import word_reader
from docx.table import Table
from hostile import hostile_texts

from rt1t2.paper.methods_docx import methods_document
from rt1t2.paper.word_file import save
from rt1t2.user_text import in_markdown, visible

TEXT = """# Methods

> **Simulated data.** Nobody.

First line
second *line* of `code` [3, 4].

## Participants

- one
- two **bold**

| a | n |
|---|---:|
| x \\| y | **5** |

After it.

## References

1. Glasser MF. Title. doi:10.1/x
2. Else. https://x.org
"""


def made(text, path):
    save(methods_document(text), path)
    return word_reader.opened(path)


def test_every_part_has_its_style_and_its_words(tmp_path):
    document = made(TEXT, tmp_path / "a.docx")
    found = [
        word_reader.cells(one) if isinstance(one, Table) else (one.style.name, one.text)
        for one in word_reader.blocks(document)
    ]
    assert found == [
        ("Heading 1", "Methods"),
        ("Quote", "Simulated data. Nobody."),
        ("Normal", "First line second line of code [3, 4]."),
        ("Heading 2", "Participants"),
        ("List Bullet", "one"),
        ("List Bullet", "two bold"),
        [["a", "n"], ["x | y", "5"]],
        ("Normal", "After it."),
        ("Heading 2", "References"),
        ("Normal", "1.\tGlasser MF. Title. doi:10.1/x"),
        ("Normal", "2.\tElse. https://x.org"),
    ]


def test_emphasis_stays(tmp_path):
    document = made(TEXT, tmp_path / "a.docx")
    line = document.paragraphs[2]
    assert [run.text for run in line.runs if run.italic] == ["line"]
    assert [run.text for run in line.runs if run.font.name == "Courier New"] == ["code"]
    bold = [run.text for p in document.paragraphs for run in p.runs if run.bold]
    assert bold == ["Simulated data.", "bold"]
    assert [c.paragraphs[0].runs[0].bold for c in document.tables[0].rows[1].cells] == [
        *(None, True)
    ]


def test_a_wide_table_lies_on_its_side_between_upright_pages(tmp_path):
    heads = " | ".join(f"permutations{n}" for n in range(10))
    text = f"Before.\n\n| {heads} |\n|{'---|' * 10}\n| {heads} |\n\nAfter.\n"
    document = made(text, tmp_path / "a.docx")
    assert word_reader.landscape_of_tables(document) == [True]
    assert len(document.sections) == 3


def test_what_somebody_put_in_by_hand_keeps_its_words(tmp_path):
    text = "[shown](https://x.org)\n\n    code\n\n- a\n\n  b\n\n3. three\n\n---\n"
    document = made(text, tmp_path / "a.docx")
    texts = [p.text.strip() for p in document.paragraphs if p.text.strip()]
    assert texts == ["shown", "code", "a", "b", "3.\tthree"]
    assert not [r for r in document.part.rels.values() if r.is_external]


def test_a_text_of_a_user_is_shown_as_it_is(tmp_path):
    seen = [visible(text) for text in hostile_texts()]
    lines = [f"Not analysed: {in_markdown(text)}.\n" for text in seen]
    document = made("\n".join(lines), tmp_path / "a.docx")
    for text, paragraph in zip(seen, document.paragraphs, strict=True):
        assert paragraph.text == f"Not analysed: {text}."
        assert len(paragraph.runs) == 1
    assert not [r for r in document.part.rels.values() if r.is_external]


def test_two_builds_are_the_same(tmp_path):
    made(TEXT, tmp_path / "a.docx")
    made(TEXT, tmp_path / "b.docx")
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
