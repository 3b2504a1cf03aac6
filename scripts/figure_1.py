import logging
from pathlib import Path
from typing import Any

from rt1t2.geometry.volume import Volume
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.figure_1 import cluster_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.paper.pair_maps import pair_maps
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
    pdf: str,
    code: str,
    config: dict[str, Any],
) -> None:
    t_of, labels_of, table_of, summary_of = (
        {Path(path).parent.name: path for path in paths}
        for paths in (t, clusters, tables, summaries)
    )
    primary = PRIMARY_TESTS[config["statistics"]["primary_test"]]
    groups = config["groups"]
    shown = [
        pair_maps(
            pair,
            Volume.load(t_of[pair.source]),
            [Volume.load(labels_of[name]) for name, _ in pair.tested],
            {name: read_tsv(table_of[name]) for name, _ in pair.tested},
            read_json(summary_of[pair.source]),
            primary.column,
        )
        for pair in contrast_pairs(
            config["contrasts"], list(groups), config["control_group"]
        )
    ]
    template = Volume.load(template_t1w).upright
    simulated = bool(config["simulation"])
    save_figure(
        cluster_figure(shown, template, groups, simulated, primary), png, svg, pdf
    )
    for maps in shown:
        log.info("%s: %d clusters", maps.pair.title(groups), len(maps.clusters))


if __name__ == "__main__":
    run(main, snakemake)
