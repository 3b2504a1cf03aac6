"""What a file is that was handed in as something else, told from its first bytes.

Standard library only, so that the Snakefile can read tables in any environment.
"""

GZIP = b"\x1f\x8b"
# Files are often saved, downloaded or exported under the name of another kind.
STARTS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (GZIP, "a compressed file (gzip)"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a word processor's file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<?xml", "an XML file"),
    (b"<", "a web page"),
)
# Of the first name in a zip archive
OFFICE_NAMES = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype")
NAME_AT = 30
# What stands in for a file whose content git-lfs or git-annex has not fetched
POINTERS = (b"version https://git-lfs", b"/annex/objects/", b".git/annex/objects/")
POINTER = "a pointer of Git LFS or git-annex, not the file itself"
ENOUGH = 200  # bytes from which a kind is told


def foreign_kind(content: bytes, own: bytes = b"") -> str:
    """Name the kind of a file, such as ``"a web page"``; empty if it is none of those known.

    Parameters
    ----------
    content
        The file's first bytes; :data:`ENOUGH` of them are looked at.
    own
        How a file of the expected kind may begin, although others do so as well.
    """
    start = content[:ENOUGH]
    if is_pointer(start):
        return POINTER
    if own and start.startswith(own):
        return ""
    if start.startswith(STARTS[0][0]) and start[NAME_AT:].startswith(OFFICE_NAMES):
        return "an Excel or OpenDocument file"
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((kind for first, kind in STARTS if start.startswith(first)), "")


def is_pointer(content: bytes) -> bool:
    """Tell whether a file stands in for one whose content was not fetched."""
    return any(pointer in content[:ENOUGH] for pointer in POINTERS)
