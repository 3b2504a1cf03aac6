import logging

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.template.brain_and_head import (
    brain_maps,
    check_brain_maps,
    class_maps,
    head_images,
    icbm152,
    own_head_images,
)
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.template.head_model import build_head
from rt1t2.user_images import open_image
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")

HEAD_VOXEL_MM = 2.0


def main(
    files: list[str],
    t1w: str,
    brain: str,
    gm: str,
    wm: str,
    head_t1w: str,
    head_t2w: str,
    head_classes: str,
    code: str,
    template: dict[str, str],
    voxel_mm: float,
) -> None:
    head = build_head(HEAD_VOXEL_MM)
    maps, affine = read_maps(files[:4]) if files else icbm152()
    icbm = brain_maps(maps, affine, voxel_mm)
    if files:
        check_brain_maps(icbm, head)
    log.info(
        "brain: %s voxels of %g mm, %.0f mL",
        icbm.mask.shape,
        voxel_mm,
        icbm.mask.sum() * voxel_mm**3 / 1000,
    )

    meta = {
        "SpatialReference": "MNI152NLin2009aSym",
        "Template": template["source"],
        **generated_by(code, "numpy", "scipy", "nilearn"),
    }
    described = (
        (t1w, icbm.t1w, "Average T1w of the brain, white matter = 1."),
        (brain, icbm.mask, "Brain mask."),
        (gm, icbm.gm, "Probability of grey matter."),
        (wm, icbm.wm, "Probability of white matter."),
    )
    for path, data, text in described:
        stripped = {"SkullStripped": True} if path == t1w else {}
        images.save(data, icbm.affine, path, meta | {"Description": text, **stripped})

    origin = "of a modelled head around the ICBM brain, noise-free"
    pictures = head_images(head)
    if own_head := files[4:]:
        origin = "of the head that template.head_t1w and head_t2w name"
        pictures = own_head_images(*read_on_one_grid(own_head), head)
    for path, data in zip((head_t1w, head_t2w), pictures, strict=True):
        text = f"{path.rsplit('_', 1)[1][:3]} {origin}, white matter = 1."
        entries = {"Description": text, "SkullStripped": False}
        images.save(data, head.affine, path, meta | entries)
    entries = {
        "Description": "Share of every tissue class in the voxels of the modelled head.",
        "Classes": list(HEAD_CLASSES),
    }
    images.save(class_maps(head), head.affine, head_classes, meta | entries)


def read_maps(files: list[str]) -> tuple[list[np.ndarray], np.ndarray]:
    """Read the user's T1w, brain mask, GM and WM: one grid, probabilities up to 1."""
    maps, affine = read_on_one_grid(files)
    for path, data in zip(files[2:], maps[2:], strict=True):
        if not 0 <= np.nanmin(data) <= np.nanmax(data) <= 1.001:
            raise UserError(
                f"template: {path} has values from {np.nanmin(data):g} to "
                f"{np.nanmax(data):g}. Give probabilities between 0 and 1."
            )
    return maps, affine


def read_on_one_grid(files: list[str]) -> tuple[list[np.ndarray], np.ndarray]:
    opened = [open_image(path, "template") for path in files]
    loaded = [(image.values().astype(np.float32), image.affine) for image in opened]
    first, affine = loaded[0]
    for path, (data, other) in zip(files, loaded, strict=True):
        if not images.same_grid(first.shape, affine, data.shape, other):
            raise UserError(
                f"template: {path} and {files[0]} differ in shape or affine. "
                "Resample them to one grid."
            )
    return [data for data, _ in loaded], affine


if __name__ == "__main__":
    run(main, snakemake)
