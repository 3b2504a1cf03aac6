"""What is unpacked lies in the run folder, and what a killed job left is removed."""

import re

from rt1t2.workflow.provenance import SCRIPTS
from rt1t2.workflow.scratch import SCRATCH, clear_scratch, scratch_folder


def test_scratch_lies_in_the_run_folder_and_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with scratch_folder() as folder:
        (folder / "1.dcm").touch()
        assert folder.resolve().is_relative_to(tmp_path)
        assert folder.stat().st_mode & 0o077 == 0
    assert list(SCRATCH.iterdir()) == []


def test_what_a_killed_job_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clear_scratch()
    (SCRATCH / "tmp123").mkdir(parents=True)
    (SCRATCH / "tmp123/1.dcm").touch()
    clear_scratch()
    assert not SCRATCH.exists()


def test_no_module_unpacks_where_its_run_does_not_clear():
    calls = [
        f"{path.name}: {call}"
        for path in SCRIPTS.rglob("*.py")
        for call in re.findall(r"tempfile\.\w+\([^)]*\)", path.read_text())
        if "dir=" not in call
    ]
    assert calls == []
