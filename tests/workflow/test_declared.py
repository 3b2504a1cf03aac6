"""A rule that opens a file which it does not declare fails, and the file is named."""

import subprocess

from .conftest import DEMO, SNAKEMAKE


def run(repository, folder):
    return subprocess.run(
        [
            *SNAKEMAKE,
            *("table_1", "--snakefile", "tests/workflow/declared.smk"),
            *("--force", *DEMO, str(folder)),
        ],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_undeclared_file_is_named(demo, demo_copy, repository):
    declared = run(repository, demo_copy)
    assert declared.returncode == 0, declared.stdout + declared.stderr

    rules = repository / "rules/paper.smk"
    text = rules.read_text()
    entry = "        tests=rules.demographics.output.tests,\n"
    code = '        code=code_digest("table_1"),\n'
    assert text.index(entry) < text.index(code), "the input of table_1 comes first"
    rules.write_text(text.replace(entry, "", 1).replace(code, code + entry, 1))
    exclusions = demo / "results/qc/exclusions.tsv"
    dated = exclusions.stat().st_mtime
    hidden = run(repository, demo_copy)
    assert exclusions.stat().st_mtime == dated, "the demo that the copy is linked to"
    assert hidden.returncode != 0
    log = (demo_copy / "logs/table_1.log").read_text()
    assert "results/demographics/tests.tsv" in log + hidden.stdout + hidden.stderr
