import logging

from rt1t2 import images
from rt1t2.group.map_stack import save_stack
from rt1t2.group.maps import (
    Grid,
    MaskedMaps,
    about_map,
    grid_of,
    require_one_grid,
    source_name,
    sources_of_maps,
)
from rt1t2.group.mask import brain_on_grid, count_lesions, group_mask
from rt1t2.user_images import open_image
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    lesions: list[str],
    template_brain: str,
    explicit_mask: list[str],
    mask: str,
    n: str,
    lesion_overlap: str,
    stack: str,
    code: str,
    participant_ids: list[str],
    groups: list[str],
    missing: str,
) -> None:
    brain_path = explicit_mask[0] if explicit_mask else template_brain
    brain_name = source_name(brain_path, "statistics.explicit_mask of the config")
    image = open_image(brain_path, "group mask")
    # where nobody is analysed, the mask is empty, on its own grid
    grid = require_one_grid(
        [
            grid_of(p, f"{sub}: map")
            for sub, p in zip(participant_ids, maps, strict=True)
        ]
        or [Grid(brain_path, image.shape, image.affine)]
    )
    brain = brain_on_grid(image.values(), image.affine, grid, brain_name)
    voxels = group_mask(
        MaskedMaps(maps, brain), brain, brain_name, participant_ids, groups, missing
    )
    log.info("%d of %d brain voxels are analysed", voxels.analysed.sum(), brain.sum())
    overlap = count_lesions((images.load(path) for path in lesions), grid)
    software = generated_by(code, "numpy", "nibabel")
    sources = sources_of_maps(maps, participant_ids)
    about_mask = about_map("Voxels that enter the group statistics", sources)
    about_mask |= {"BrainMask": brain_name, "Missing": missing} | voxels.entries()
    images.save(voxels.analysed, grid.affine, mask, about_mask | software)
    about_n = about_map("Maps defined at each voxel of the brain", sources)
    images.save(voxels.n, grid.affine, n, about_n | software)
    about_lesions = about_map(
        "Participants with a lesion at each voxel",
        [source_name(path, "lesion mask") for path in lesions],
    )
    about_lesions |= {"LargestOverlap": int(overlap.max())}
    images.save(overlap, grid.affine, lesion_overlap, about_lesions | software)
    analysed = MaskedMaps(maps, voxels.analysed)
    save_stack(stack, analysed, voxels.analysed, participant_ids, sources, software)


if __name__ == "__main__":
    run(main, snakemake)
