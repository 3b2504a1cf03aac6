from pathlib import Path
from typing import Any

from rt1t2.group.design import sidecar
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.figure_design import Design, design_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run


def main(
    designs: list[str], png: str, svg: str, pdf: str, code: str, config: dict[str, Any]
) -> None:
    path_of = {Path(path).parent.name: path for path in designs}
    groups = config["groups"]
    shown = [
        Design(
            pair.compared,
            read_tsv(path_of[pair.source]),
            read_json(sidecar(path_of[pair.source]))["weights"],
            pair.sign,
        )
        for pair in contrast_pairs(
            config["contrasts"], list(groups), config["control_group"]
        )
    ]
    figure = design_figure(shown, bool(config["simulation"]))
    save_figure(figure, png, svg, pdf)


if __name__ == "__main__":
    run(main, snakemake)
