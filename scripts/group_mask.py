import logging

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.group.maps import (
    analysed_voxels,
    count_defined,
    grid_of,
    mask_on_grid,
    read_map,
    require_one_grid,
    source_name,
)
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
    code: str,
    participant_ids: list[str],
    groups: list[str],
    missing: str,
) -> None:
    grid = require_one_grid([grid_of(path) for path in maps])
    brain_path = explicit_mask[0] if explicit_mask else template_brain
    brain = mask_on_grid(*images.load(brain_path), grid)
    if not brain.any():
        raise UserError(
            f"{source_name(brain_path)} marks no voxel on the grid of the maps ({grid}). "
            "Check statistics.explicit_mask, and that maps and mask share one space."
        )
    coverage = count_defined(
        (read_map(path)[brain] for path in maps), groups, int(brain.sum())
    )
    analysed = analysed_voxels(coverage, missing)
    undefined = dict(zip(participant_ids, coverage.undefined, strict=True))
    if not analysed.any():
        worst = sorted(undefined, key=lambda name: -undefined[name])[:3]
        shares = ", ".join(
            f"{sub} ({undefined[sub] / brain.sum():.0%})" for sub in worst
        )
        raise UserError(
            f"no voxel of {source_name(brain_path)} ({brain.sum()} voxels) is left to "
            f"analyse. Most of it is undefined in {shares}. Look at their maps and exclude "
            "them, check that the mask fits the maps, or set statistics.missing to pairwise."
        )
    log.info("%d of %d brain voxels are analysed", analysed.sum(), brain.sum())
    overlap = np.zeros(grid.shape, np.int32)
    for path in lesions:
        overlap += mask_on_grid(*images.load(path), grid)
    about = {
        "Sources": [source_name(path) for path in maps],
        "SpatialReference": "MNI152NLin2009aSym",
        **generated_by(code, "numpy", "nibabel"),
    }

    def in_brain(values: np.ndarray) -> np.ndarray:
        volume = np.zeros(grid.shape, values.dtype)
        volume[brain] = values
        return volume

    images.save(
        in_brain(analysed),
        grid.affine,
        mask,
        about
        | {
            "Description": "Voxels that enter the group statistics",
            "BrainMask": source_name(brain_path),
            "Missing": missing,
            "AnalysedVoxels": int(analysed.sum()),
            "BrainVoxels": int(brain.sum()),
            "ExcludedVoxels": {
                "SameInAllMaps": int((~coverage.varies).sum()),
                "TooFewMaps": int((coverage.varies & ~analysed).sum()),
            },
            "UndefinedVoxels": undefined,
        },
    )
    images.save(
        in_brain(coverage.n),
        grid.affine,
        n,
        about | {"Description": "Maps defined at each voxel of the brain"},
    )
    images.save(
        overlap,
        grid.affine,
        lesion_overlap,
        about
        | {
            "Description": "Participants with a lesion at each voxel",
            "Sources": [source_name(path) for path in lesions],
            "LargestOverlap": int(overlap.max()),
        },
    )


if __name__ == "__main__":
    run(main, snakemake)
