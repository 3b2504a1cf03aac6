import logging
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.group.maps import read_map
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import region_means, shown_regions
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.figure_3 import gradient_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.paper.outlined_clusters import OutlinedPair
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
    pdf: str,
    code: str,
    config: dict[str, Any],
    participants: list[dict[str, str]],
) -> None:
    template = Volume.load(template_t1w).upright
    controls = config["control_group"]
    labels = {Path(path).parent.name: Volume.load(path).canonical for path in clusters}
    pairs = contrast_pairs(config["contrasts"], list(config["groups"]), controls)
    titles = {
        pair.direction(sign): name for pair in pairs for name, sign in pair.tested
    }
    groups = [row["group"] for row in participants]
    means = region_means(
        (read_map(path) for path in maps),
        shown_regions(
            {title: labels[name].data.astype(int) for title, name in titles.items()},
            np.isfinite(Volume.load(t[0]).canonical.data) if t else None,
        ),
        [group == controls for group in groups],
    )
    figure = gradient_figure(
        read_tsv(correlations),
        means,
        [
            OutlinedPair(
                pair.compared,
                [
                    (sign, labels[name].nearest_on(template, outside=0).data)
                    for name, sign in pair.tested
                ],
            )
            for pair in pairs
        ],
        groups,
        config["groups"],
        controls,
        template.data,
        Grid.of(template),
        bool(config["simulation"]),
    )
    save_figure(figure, png, svg, pdf)
    log.info("%d maps averaged over %s", len(maps), [region.title for region in means])


if __name__ == "__main__":
    run(main, snakemake)
