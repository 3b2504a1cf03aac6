"""Snakemake's own notes about what it made, as the installed version writes them."""

import signal
import subprocess
import sys

from rt1t2.workflow.made_files import made_files, unfinished_files

LONG = "results/" + "long_name/" * 30 + "x.txt"
SNAKEFILE = f"""
rule all:
    input: "results/b.txt", "{LONG}"
rule one:
    output: "results/a.txt", "{LONG}"
    log: "logs/one.log"
    shell: "touch {{output}}"
rule two:
    input: "results/a.txt"
    output: "results/b.txt"
    log: "logs/two.log"
    shell: "touch {{output}}"
rule dies:
    output: "results/c.txt"
    log: "logs/dies.log"
    shell: "touch {{output}}; sleep 2; kill -9 $PPID; sleep 1"  # it begins before it is noted
"""


def run(folder, *targets):
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *targets]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_what_a_finished_run_wrote_down_is_read(tmp_path):
    ended = run(tmp_path)
    assert ended.returncode == 0, ended.stderr
    files = {file.path: file for file in made_files(tmp_path / ".snakemake")}
    assert set(files) == {"results/a.txt", "results/b.txt", LONG}
    assert files[LONG].step == files["results/a.txt"].step == ("one", "logs/one.log")
    assert files[LONG].job == files["results/a.txt"].job
    assert files["results/b.txt"].inputs == ("results/a.txt",)
    for name, file in files.items():
        assert abs((tmp_path / name).stat().st_mtime - file.made_s) < 0.01
    assert unfinished_files(tmp_path / ".snakemake") == set()


def test_what_a_killed_run_had_begun_is_known(tmp_path):
    ended = run(tmp_path, "results/c.txt")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert unfinished_files(tmp_path / ".snakemake") == {"results/c.txt"}


def test_a_note_that_was_cut_short_is_passed_over(tmp_path):
    run(tmp_path)
    notes = [p for p in (tmp_path / ".snakemake/metadata").iterdir() if p.is_file()]
    for note in notes:
        note.write_text('{"rule"')
    (tmp_path / ".snakemake/metadata/no base64!").touch()
    assert [file.path for file in made_files(tmp_path / ".snakemake")] == [LONG]
