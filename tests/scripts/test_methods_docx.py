"""The methods text as it is written, and the file of it, paragraph by paragraph."""

import re

import fabricated
import word_reader
from docx.table import Table

from rt1t2.paper.methods_text import facts, written


def lines_of(markdown: str) -> list[str]:
    """Return the paragraphs of the text as they are read: no marks of Markdown."""
    found = []
    for block in re.split(r"\n{2,}", markdown):
        if not block.startswith("|"):
            joined = re.sub(r"\n(?!- |\d+\. )", " ", block.strip())
            found += joined.split("\n")
    plain = [re.sub(r"\*\*|`|\\(?=\W)", "", line) for line in found if line]
    return [re.sub(r"^(#+|>|-) ", "", line.rstrip()) for line in plain]


def test_every_paragraph_of_the_text_is_in_the_file(tmp_path, script_main):
    summary = {"contrast": "HC-PSP", "n_plus": 4, "n_minus": 5, "height_p": 0.001}
    people = fabricated.PEOPLE | {"by_group": {"HC": 4, "PSP": 5}}
    config = fabricated.CONFIG | {"simulation": {"seed": 1}}
    stated = facts(
        config, [summary], [], [], [], [], [], fabricated.calibration_facts(), people
    )
    text, _ = written(stated)
    (tmp_path / "methods.md").write_text(text)
    script_main("methods_docx")(
        text=str(tmp_path / "methods.md"),
        document=str(tmp_path / "methods.docx"),
        code="abc",
    )
    document = word_reader.opened(tmp_path / "methods.docx")
    read = [b for b in word_reader.blocks(document) if not isinstance(b, Table)]
    said = [re.sub(r"^(\d+\.)\t", r"\1 ", one.text) for one in read]
    assert len(said) > 40
    assert said == lines_of(text)
    assert len(document.tables) == len(re.findall(r"(?m)^\|-", text))
    cited = {
        int(n)
        for g in re.findall(r"\[([\d, ]+)\]", " ".join(said))
        for n in g.split(",")
    }
    listed = [int(m[1]) for one in said if (m := re.match(r"(\d+)\. ", one))]
    assert listed == sorted(cited) == list(range(1, len(listed) + 1))
