from rt1t2.group.design import sidecar
from rt1t2.paper.figure_design import design_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.records import read_json
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
    named = dict(zip(contrasts, designs, strict=True))
    figure = design_figure(
        {name: read_tsv(path) for name, path in named.items()},
        simulated,
        {name: read_json(sidecar(path))["weights"] for name, path in named.items()},
    )
    save_figure(figure, png, svg)


if __name__ == "__main__":
    run(main, snakemake)
