import re

import pytest
from wrong_inputs import RIGHT, in_process

# They need the real command: a full disk of their own, and a module by its old name.
BY_COMMAND = {"85_disk_full", "87_covariate_nan"}


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(set(RIGHT) - BY_COMMAND))
def test_what_went_wrong_is_right_or_one_message(
    shared, tmp_path, script_main, monkeypatch, name
):
    scripts = shared / "cases/import"
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(scripts))
    said = in_process(scripts / f"{name}.py", tmp_path, script_main)
    assert re.search(RIGHT[name], said, re.DOTALL), said


@pytest.mark.shared
def test_every_case_has_its_expectation(shared):
    cases = {path.stem for path in (shared / "cases/import").glob("[0-9]*.py")}
    assert cases == set(RIGHT)
