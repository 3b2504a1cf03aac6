from rt1t2.paper.figure_design import design_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run


def main(
    designs: list[str],
    png: str,
    svg: str,
    code: str,
    contrasts: list[str],
    simulated: bool,
) -> None:
    tables = map(read_tsv, designs)
    figure = design_figure(dict(zip(contrasts, tables, strict=True)), simulated)
    save_figure(figure, png, svg)


if __name__ == "__main__":
    run(main, snakemake)
