"""A run puts its folder in order; whoever only looks changes nothing."""

import pytest
from snakemake.cli import get_argument_parser

from rt1t2.workflow.next_run import NO_RUN, begin, is_a_run


def command(line):
    return get_argument_parser().parse_known_args(line.split())[0]


@pytest.mark.parametrize(
    "line",
    [
        "--cores 2",
        "-c1 figure_1 --keep-going",
        "-j 4 --forcerun smooth",
        "--workflow-profile config/profiles/slurm",
        "--cores 1 --report-after-run",
    ],
)
def test_a_command_that_asks_for_work_is_a_run(line):
    assert is_a_run(command(line))


@pytest.mark.parametrize(
    "line",
    [
        *("-n", "-nk", "--dag", "--rulegraph", "--lint", "--unlock", "--list"),
        *("--summary", "--report x.html", "--touch -c1", "--cleanup-metadata x"),
        *("--archive x.tgz", "--conda-create-envs-only -c1", "--delete-all-output -c1"),
    ],
)
def test_a_command_that_only_looks_or_tidies_is_none(line):
    assert not is_a_run(command(line))


def test_every_name_is_an_argument_of_this_snakemake():
    assert set(NO_RUN) <= set(vars(command("-c1")))


def test_a_run_clears_what_killed_jobs_left_and_holds_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".snakemake"
    (folder / "rt1t2_scratch/tmp1").mkdir(parents=True)
    (folder / "incomplete").mkdir()
    (tmp_path / "results/qc").mkdir(parents=True)
    (tmp_path / "results/qc/sub-09.html").touch()
    said = []
    with begin(folder, {"sub-01"}, [], set(), said.append):
        assert not (folder / "rt1t2_scratch").exists()
        assert said == ["No longer part of the study, moved to set_aside/: sub-09."]
