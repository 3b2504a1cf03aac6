import csv
import logging
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.simulate.cohort import load_head
from rt1t2.simulate.receptor_maps import simulate_atlas, simulate_gm, simulate_maps
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    anatomy: str,
    atlas: str,
    labels: str,
    gm: str,
    maps: list[str],
    code: str,
    simulation: dict[str, Any],
    names: list[str],
    seed: int,
) -> None:
    head = load_head(anatomy)
    regions, region_names = simulate_atlas(head, seed)
    images.save(regions, head.affine, atlas)
    with Path(labels).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerows([("index", "name"), *region_names.items()])
    images.save(*simulate_gm(head), gm)
    densities, affine = simulate_maps(regions, head.affine, len(names), seed)
    for density, path in zip(densities, maps, strict=True):
        images.save(density, affine, path)
    sizes_ml = np.bincount(regions.ravel())[1:] * head.voxel_mm**3 / 1000
    log.info(
        "%d regions of %.1f to %.1f mL, %d maps",
        len(region_names),
        sizes_ml.min(),
        sizes_ml.max(),
        len(names),
    )


if __name__ == "__main__":
    run(main, snakemake)
