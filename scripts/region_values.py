import logging
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.geometry.displacement import from_itk
from rt1t2.geometry.transforms import read_itk
from rt1t2.ratio.region_values import (
    COLUMNS,
    NativeRatio,
    RegionAtlas,
    Way,
    region_values,
    spheres_atlas,
    tissue_values,
)
from rt1t2.receptors.region_table import read_labels
from rt1t2.tables import write_tsv
from rt1t2.user_images import open_image
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    ratio: str,
    tissues: list[str],
    lesion: str,
    way: list[str],
    atlas_images: list[str],
    atlas_labels: list[str],
    table: str,
    code: str,
    participant: dict[str, str],
    atlases: list[dict[str, str]],
    spheres: dict[str, Any],
) -> None:
    native, grid = images.load(ratio)
    gm, wm, lesion_mask = images.load_on(ratio, *tissues, lesion)
    volume = float(np.prod(images.voxel_sizes_mm(grid)))
    image = NativeRatio(native, {"GM": gm, "WM": wm}, lesion_mask > 0, volume)
    inside = (gm + wm) > 0
    affine, displacement = way
    field, field_grid = images.load(displacement)
    carried = Way.to_template(
        from_itk(field), field_grid, read_itk(affine), grid, inside
    )
    chosen = [
        _read(*files) for files in zip(atlases, atlas_images, atlas_labels, strict=True)
    ]
    if spheres:
        chosen.append(spheres_atlas(spheres))
    values = tissue_values(image, chosen, carried, inside)
    for atlas in chosen:
        values += region_values(image, atlas, carried, inside)
    empty = [value.region for value in values if not value.n_voxels]
    if empty:
        log.warning("no voxel in %s", ", ".join(empty))
    log.info("%d regions of %d atlases", len(values), len(chosen) + 1)
    write_tsv([participant | vars(value) for value in values], COLUMNS, table)


def _read(about: dict[str, str], image: str, labels: str) -> RegionAtlas:
    opened = open_image(image, f"regions.atlases.{about['name']}")
    values = np.nan_to_num(opened.values())
    names = read_labels(labels)
    found = {
        int(i): names.get(int(i), f"region {int(i)}")
        for i in np.unique(values)
        if i > 0
    }
    return RegionAtlas(about["name"], values, opened.affine, found, about["tissue"])


if __name__ == "__main__":
    run(main, snakemake)
