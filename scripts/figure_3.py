import logging
from typing import Any

import numpy as np

from rt1t2.images import load
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import region_means, shown_regions
from rt1t2.paper.figure_3 import gradient_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    correlations: str,
    t: list[str],
    clusters: list[str],
    maps: list[str],
    template_t1w: str,
    png: str,
    svg: str,
    code: str,
    config: dict[str, Any],
    participants: list[dict[str, str]],
) -> None:
    template, affine = load(template_t1w)
    names = [contrast["name"] for contrast in config["contrasts"]]
    images = [load(path)[0].astype(np.int32) for path in clusters]
    labels = dict(zip(names, images, strict=True))
    controls = config["control_group"]
    groups = [row["group"] for row in participants]
    means = region_means(
        (load(path)[0] for path in maps),
        shown_regions(labels, np.isfinite(load(t[0])[0])),
        [group == controls for group in groups],
    )
    figure = gradient_figure(
        read_tsv(correlations),
        means,
        labels,
        groups,
        config["groups"],
        controls,
        template,
        Grid(template.shape, affine),
        bool(config["simulation"]),
    )
    save_figure(figure, png, svg)
    log.info("%d maps averaged over %s", len(maps), [region.title for region in means])


if __name__ == "__main__":
    run(main, snakemake)
