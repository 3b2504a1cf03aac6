import logging

import numpy as np

from rt1t2.images import load
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import largest_clusters, region_means
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
    contrasts: dict[str, dict[str, str]],
    participants: list[dict[str, str]],
    groups: dict[str, str],
    control_group: str,
    simulated: bool,
) -> None:
    template, affine = load(template_t1w)
    labels = [load(path)[0].astype(np.int32) for path in clusters]
    member_groups = [row["group"] for row in participants]
    controls = [group == control_group for group in member_groups]
    regions = largest_clusters(list(contrasts), labels)
    selected = bool(regions)
    if not selected:
        regions = {"all analysed voxels": np.isfinite(load(t[0])[0])}
    shown = region_means((load(path)[0] for path in maps), regions, controls)
    figure = gradient_figure(
        read_tsv(correlations),
        shown,
        selected,
        member_groups,
        groups,
        control_group,
        dict(zip(contrasts, labels, strict=True)),
        template,
        Grid(template.shape, affine),
        simulated,
    )
    save_figure(figure, png, svg)
    log.info("%d maps averaged over %s", len(maps), [one.title for one in shown])


if __name__ == "__main__":
    run(main, snakemake)
