from rt1t2.paper.figure_2 import correlation_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.ratio.ratio import MEASURES
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run


def main(
    correlations: str,
    individual: str,
    png: str,
    svg: str,
    pdf: str,
    code: str,
    groups: dict[str, str],
    simulated: bool,
    formula: str,
) -> None:
    figure = correlation_figure(
        read_tsv(correlations),
        read_tsv(individual),
        groups,
        simulated,
        MEASURES[formula],
    )
    save_figure(figure, png, svg, pdf)


if __name__ == "__main__":
    run(main, snakemake)
