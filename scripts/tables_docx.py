from pathlib import Path
from typing import Any

from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.shown_tables import shown_tables
from rt1t2.paper.tables_docx import tables_document
from rt1t2.paper.word_file import save
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run


def main(
    tables: list[str],
    document: str,
    code: str,
    config: dict[str, Any],
    simulated: bool,
) -> None:
    rows = {Path(path).stem: read_tsv(path) for path in tables}
    shown = shown_tables(
        **rows,
        primary=PRIMARY_TESTS[config["statistics"]["primary_test"]],
        pairs=contrast_pairs(
            config["contrasts"], list(config["groups"]), config["control_group"]
        ),
    )
    save(tables_document(shown.values(), simulated), document)


if __name__ == "__main__":
    run(main, snakemake)
