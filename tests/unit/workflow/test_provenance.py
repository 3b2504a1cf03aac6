"""Code digests: a rule re-runs when, and only when, a module that its script uses changes."""

import pytest

from rt1t2.workflow import provenance


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
    digests()  # of the modules above, whatever an earlier test has left
    return tmp_path


def digests():
    for function in vars(provenance).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()
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


NESTED = [
    "from rt1t2.group import clusters",
    "from rt1t2.group.clusters import f",
    "import rt1t2.group.clusters",
    "import rt1t2.group.clusters as c",
    "def f():\n    from rt1t2.group import clusters, other",
]


@pytest.mark.parametrize("text", NESTED)
def test_nested_imports_are_followed(scripts, text):
    group = scripts / "rt1t2/group"
    group.mkdir()
    for name, content in (
        ("__init__", ""),
        ("clusters", "from .other import f\n"),
        ("other", "f = 1\n"),
    ):
        (group / f"{name}.py").write_text(content)
    (scripts / "a.py").write_text(text)
    a, b = digests()
    assert {path.name for path in provenance.modules_used("a")} == {
        *("__init__.py", "clusters.py", "other.py")
    }
    for changed in ("other.py", "__init__.py", "clusters.py"):
        (group / changed).write_text("f = 2\n")
        assert digests()[0] != a, changed
        assert digests()[1] == b
        a = digests()[0]


def test_the_place_of_a_module_counts_not_its_name_alone(scripts):
    for folder in ("one_stage", "other_stage"):
        (scripts / "rt1t2" / folder).mkdir()
        (scripts / "rt1t2" / folder / "same.py").write_text(f"f = '{folder}'\n")
    (scripts / "a.py").write_text(
        "import rt1t2.one_stage.same, rt1t2.other_stage.same\n"
    )
    a, _ = digests()
    paths = [scripts / "rt1t2" / f / "same.py" for f in ("one_stage", "other_stage")]
    texts = [path.read_text() for path in paths]
    for path, text in zip(paths, reversed(texts), strict=True):
        path.write_text(text)
    assert digests()[0] != a


def test_an_import_that_no_file_stands_for_is_no_silence(scripts):
    (scripts / "a.py").write_text("from rt1t2.absent import f\n")
    with pytest.raises(ImportError, match=r"a\.py.*rt1t2\.absent"):
        digests()


def test_a_template_counts_for_who_names_it(scripts, monkeypatch):
    folder = scripts / "templates"
    folder.mkdir()
    for name in ("a.html.j2", "b.html.j2"):
        (folder / name).write_text('{% extends "base.html.j2" %}')
    (folder / "base.html.j2").write_text("one")
    (folder / "style.css").write_text("one")
    (scripts / "rt1t2/pages.py").write_text('STYLE = "style.css"\n')
    for name in "ab":
        text = f'from rt1t2 import pages\npages.save_page("{name}.html.j2")\n'
        (scripts / f"{name}.py").write_text(text)
    monkeypatch.setattr(provenance, "PAGE_TEMPLATES", folder)
    a, b = digests()
    (folder / "a.html.j2").write_text('{% extends "base.html.j2" %} two')
    changed_a, same_b = digests()
    assert changed_a != a
    assert same_b == b
    for shared in ("base.html.j2", "style.css"):
        before = digests()
        (folder / shared).write_text("two")
        assert all(x != y for x, y in zip(digests(), before, strict=True)), shared
