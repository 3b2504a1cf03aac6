"""Code digests: a rule re-runs when, and only when, a module that its script uses changes."""

import pytest

from rt1t2 import provenance


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Return a folder of scripts: `a` uses `one` which uses `two`; `b` uses `three`."""
    (tmp_path / "rt1t2").mkdir()
    (tmp_path / "a.py").write_text("from rt1t2 import one\n")
    (tmp_path / "b.py").write_text("import rt1t2.three\n")
    for name, text in {
        "__init__": "",
        "one": "from rt1t2.two import f\n",
        "two": "f = 1\n",
        "three": "",
    }.items():
        (tmp_path / "rt1t2" / f"{name}.py").write_text(text)
    monkeypatch.setattr(provenance, "SCRIPTS", tmp_path)
    return tmp_path


def digests():
    for function in (provenance.code_digest, provenance.modules_used):
        function.cache_clear()
    provenance._rt1t2_imports.cache_clear()
    return provenance.code_digest("a"), provenance.code_digest("b")


def test_modules_are_followed_through_one_another(scripts):
    digests()
    names = {path.stem for path in provenance.modules_used("a")}
    assert names == {"__init__", "one", "two"}


def test_a_change_moves_only_the_digests_of_its_users(scripts):
    a, b = digests()
    (scripts / "rt1t2/two.py").write_text("f = 2\n")
    changed_a, same_b = digests()
    assert changed_a != a
    assert same_b == b


def test_a_template_counts_for_the_script_that_names_it(scripts, monkeypatch):
    folder = scripts / "templates"
    folder.mkdir()
    for name in ("a.html.j2", "b.html.j2", *provenance.PAGE_PARTS):
        (folder / name).write_text("one")
    (scripts / "rt1t2/pages.py").touch()
    for name in "ab":
        text = f'from rt1t2 import pages\npages.save_page("{name}.html.j2")\n'
        (scripts / f"{name}.py").write_text(text)
    monkeypatch.setattr(provenance, "PAGE_TEMPLATES", folder)
    a, b = digests()
    (folder / "a.html.j2").write_text("two")
    changed_a, same_b = digests()
    assert changed_a != a
    assert same_b == b
    (folder / "style.css").write_text("two")
    assert digests()[0] != changed_a
    assert digests()[1] != b
