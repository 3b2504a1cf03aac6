from rt1t2.paper.references import Citations, read_bibliography
from rt1t2.qc.pages import TEMPLATES

BIBTEX = """@article{two2001,
  author = {Two, A B and Three, C},
  title = {On {it}},
  journal = {J One},
  year = {2001},
  volume = {1},
  pages = {5--9},
  doi = {10.1/a<b>},
}

@misc{many,
  author = {First, A and others},
  title = {Code},
  url = {https://example.org},
}
"""


def test_numbers_follow_the_order_of_use():
    citations = Citations(read_bibliography(BIBTEX))
    assert [citations.number(k) for k in ("many", "two2001", "many")] == [1, 2, 1]
    assert [str(reference) for reference in citations.cited()] == [
        "First A et al. Code. https://example.org",
        "Two AB, Three C. On {it}. J One 2001;1:5-9. doi:10.1/a<b>",
    ]
    assert citations.bibtex().startswith("@misc{many,")
    assert read_bibliography(citations.bibtex()).keys() == {"many", "two2001"}


def test_every_entry_of_the_bibliography_is_read_and_printed():
    text = (TEMPLATES / "references.bib").read_text()
    entries = read_bibliography(text)
    assert len(entries) == text.count("@")
    for reference in entries.values():
        assert "{" not in str(reference)
