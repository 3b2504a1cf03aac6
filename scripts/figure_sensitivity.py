from rt1t2.figure_style import save_figure
from rt1t2.script import run
from rt1t2.sensitivity_figure import sensitivity_figure
from rt1t2.tables import read_tsv


def main(
    sensitivity: str,
    png: str,
    svg: str,
    code: str,
    groups: dict[str, str],
    simulated: bool,
) -> None:
    figure = sensitivity_figure(read_tsv(sensitivity), groups, simulated)
    save_figure(figure, png, svg)


if __name__ == "__main__":
    run(main, snakemake)
