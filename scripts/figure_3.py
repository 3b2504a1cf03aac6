import logging
from typing import Any

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.group.maps import read_map
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
    template = Volume.load(template_t1w).upright
    names = [contrast["name"] for contrast in config["contrasts"]]
    labels = {
        name: Volume.load(path).canonical
        for name, path in zip(names, clusters, strict=True)
    }
    controls = config["control_group"]
    groups = [row["group"] for row in participants]
    means = region_means(
        (read_map(path) for path in maps),
        shown_regions(
            {name: image.data.astype(int) for name, image in labels.items()},
            np.isfinite(Volume.load(t[0]).canonical.data) if t else None,
        ),
        [group == controls for group in groups],
    )
    figure = gradient_figure(
        read_tsv(correlations),
        means,
        {
            name: image.nearest_on(template, outside=0).data
            for name, image in labels.items()
        },
        groups,
        config["groups"],
        controls,
        template.data,
        Grid.of(template),
        bool(config["simulation"]),
    )
    save_figure(figure, png, svg)
    log.info("%d maps averaged over %s", len(maps), [region.title for region in means])


if __name__ == "__main__":
    run(main, snakemake)
