from pathlib import Path

from rt1t2.paper.methods_docx import methods_document
from rt1t2.paper.word_file import save
from rt1t2.workflow.job import run


def main(text: str, document: str, code: str) -> None:
    save(methods_document(Path(text).read_text()), document)


if __name__ == "__main__":
    run(main, snakemake)
