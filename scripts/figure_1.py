import logging

from rt1t2.geometry.volume import Volume
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.figure_1 import ContrastClusters, cluster_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    t: list[str],
    clusters: list[str],
    tables: list[str],
    summaries: list[str],
    template_t1w: str,
    png: str,
    svg: str,
    code: str,
    contrasts: list[str],
    simulated: bool,
    primary_test: str,
) -> None:
    template = Volume.load(template_t1w).upright
    drawn = [
        ContrastClusters.on_template(
            name,
            Volume.load(t_map),
            Volume.load(label),
            template,
            read_tsv(table),
            read_json(summary),
        )
        for name, t_map, label, table, summary in zip(
            contrasts, t, clusters, tables, summaries, strict=True
        )
    ]
    primary = PRIMARY_TESTS[primary_test]
    figure = cluster_figure(drawn, template.data, Grid.of(template), simulated, primary)
    save_figure(figure, png, svg)
    for contrast in drawn:
        log.info("%s: %d clusters", contrast.name, len(contrast.rows))


if __name__ == "__main__":
    run(main, snakemake)
