from rt1t2.paper.figure_sensitivity import sensitivity_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run


def main(
    sensitivity: str,
    png: str,
    svg: str,
    pdf: str,
    code: str,
    groups: dict[str, str],
    simulated: bool,
) -> None:
    figure = sensitivity_figure(read_tsv(sensitivity), groups, simulated)
    save_figure(figure, png, svg, pdf)


if __name__ == "__main__":
    run(main, snakemake)
