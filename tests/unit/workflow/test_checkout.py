import shutil
import subprocess

import pytest

from rt1t2.workflow.checkout import commit


def git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", "-C", str(folder), *who, *arguments]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return run.stdout.strip()


@pytest.mark.skipif(not shutil.which("git"), reason="git is absent")
def test_it_is_what_git_says(tmp_path):
    here, tree = tmp_path / "here", tmp_path / "tree"
    here.mkdir()
    assert commit(here) is None
    git(here, "init", "-q")
    assert commit(here) is None
    git(here, "commit", "-q", "--allow-empty", "-m", "one")
    first = git(here, "rev-parse", "HEAD")[:12]
    assert commit(here) == first
    git(here, "worktree", "add", "-q", "-b", "other", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "two")
    assert commit(tree) == git(tree, "rev-parse", "HEAD")[:12] != first
    git(here, "pack-refs", "--all")
    assert commit(here) == first
    git(here, "checkout", "-q", "--detach")
    assert commit(here) == first
