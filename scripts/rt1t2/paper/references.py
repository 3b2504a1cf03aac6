"""Citations of the methods text: numbered in the order in which they are used, and as BibTeX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENTRY = re.compile(r"^@\w+\{(?P<key>\w+),\n(?P<fields>.*?)^\}\n", re.DOTALL | re.M)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
LETTERS = {r"{\"a}": "ä", r"{\"O}": "Ö", r"{\O}": "Ø", r"{\o}": "ø", "--": "-"}
MOST_AUTHORS = 3


@dataclass(frozen=True)
class Reference:
    """One entry of the bibliography: its fields, and the BibTeX it was read from."""

    fields: Mapping[str, str]
    bibtex: str

    def __str__(self) -> str:
        """Return the line of a list of references, ready for Markdown."""
        of = {name: _plain(value) for name, value in self.fields.items()}
        where = f"doi:{of['doi']}" if "doi" in of else of["url"]
        printed = f"{_authors(of['author'])}. {of['title']}."
        if "journal" in of:
            printed += f" {of['journal']} {of['year']};{of['volume']}:{of['pages']}."
        return f"{printed} {where}"


class Citations:
    """Numbers of references in the order in which they are first cited."""

    def __init__(self, bibliography: Mapping[str, Reference]) -> None:
        self._bibliography = bibliography
        self._cited: list[str] = []

    def number(self, key: str) -> int:
        """Return the number of a reference; a key that no entry has is a ``KeyError``."""
        if key not in self._bibliography:
            raise KeyError(key)
        if key not in self._cited:
            self._cited.append(key)
        return 1 + self._cited.index(key)

    def cited(self) -> list[Reference]:
        """Return what was cited so far, in the order of the numbers."""
        return [self._bibliography[key] for key in self._cited]

    def bibtex(self) -> str:
        """Return the entries of :meth:`cited` as a BibTeX file."""
        return "\n".join(reference.bibtex for reference in self.cited())


def read_bibliography(text: str) -> dict[str, Reference]:
    """Read BibTeX that has one field per line, by key."""
    return {
        found["key"]: Reference(dict(FIELD.findall(found["fields"])), found[0])
        for found in ENTRY.finditer(text)
    }


def _plain(text: str) -> str:
    for written, letter in LETTERS.items():
        text = text.replace(written, letter)
    return text


def _authors(text: str) -> str:
    """Turn ``Family, A B and Family, C`` into ``Family AB, Family C``; of many, the first."""
    names = [
        (family, given.replace(" ", ""))
        for family, _, given in (name.partition(", ") for name in text.split(" and "))
    ]
    if len(names) > MOST_AUTHORS or names[-1] == ("others", ""):
        return " ".join(names[0]) + " et al"
    return ", ".join(" ".join(name) for name in names)
