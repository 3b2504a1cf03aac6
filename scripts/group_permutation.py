import logging

import numpy as np

from rt1t2 import images
from rt1t2.geometry.morphology import bounding_box
from rt1t2.group.coarse_grid import coarse_step, every, every_affine
from rt1t2.group.design import two_sample_design, with_protocol
from rt1t2.group.maps import read_map, source_name
from rt1t2.group.permutation import permute, reason_against, relabellings
from rt1t2.records import read_json, save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    plus: list[str],
    minus: list[str],
    t: str,
    model: str,
    cluster_p: str,
    tfce_p: str,
    facts: str,
    code: str,
    contrast: dict[str, str],
    rows_plus: list[dict[str, str]],
    rows_minus: list[dict[str, str]],
    covariates: list[str],
    height_p: float,
    extent_voxels: int,
    permutations: int,
    seed: int,
    protocols: str | list[str] = "",
) -> None:
    known = read_json(model)
    volume, affine = images.load(t)
    step = coarse_step(np.array(known["fwhm_voxels"], dtype=float), extent_voxels)
    grid = every(volume, step)
    tested = np.isfinite(grid)
    paths = [*plus, *minus]
    sides = (with_protocol(side, protocols) for side in (rows_plus, rows_minus))
    plan = two_sample_design(contrast, *sides, covariates)
    y = np.empty((0, int(tested.sum())))
    reason = reason_against(len(paths), int(tested.sum()), plan.df, permutations)
    if reason is None:
        y = np.stack([every(read_map(path), step)[tested] for path in paths])
        complete = np.isfinite(y).all(axis=0)
        tested[tested] = complete
        y = y[:, complete]
        reason = reason_against(len(paths), y.shape[1], plan.df, permutations)
    stated = {
        "permutations": permutations if reason is None else 0,
        "reason_against": reason,
        "grid_step": step,
        "voxel_mm": images.voxel_sizes_mm(affine) * step,
        "n_voxels": int(tested.sum()),
        "relabellings": relabellings(plan),
        "seed": seed,
    }
    p_values = [np.full(grid.shape, np.nan, np.float32) for _ in range(2)]
    if reason:
        log.warning("no permutation: %s; its columns are n/a", reason)
    else:
        box = bounding_box(tested)
        found = permute(
            y.astype(float), plan, tested[box], height_p, permutations, seed
        )
        p_values[0][tested], p_values[1][tested] = found.cluster_p, found.tfce_p
        largest = np.quantile(found.largest, 0.95, axis=1) * step**3
        names = contrast["plus"], contrast["minus"]
        directions = (" > ".join(names), " > ".join(names[::-1]))
        stated["cluster_voxels_p05"] = dict(
            zip(directions, largest.tolist(), strict=True)
        )
        log.info(
            "%d permutations, one voxel in %d along each axis, %d voxels",
            permutations,
            step,
            y.shape[1],
        )
    about = generated_by(code, "numpy", "scipy", "nilearn", "nibabel")
    for path, values, what in zip(
        (cluster_p, tfce_p), p_values, ("cluster extent", "TFCE"), strict=True
    ):
        images.save(
            values,
            every_affine(affine, step),
            path,
            {
                "Description": f"Family-wise p of {what} by permutation, one-sided in the "
                "direction of t at the voxel",
                "Sources": [source_name(path) for path in paths],
                "SpatialReference": "MNI152NLin2009aSym",
                "Permutations": stated["permutations"],
                **about,
            },
        )
    save_json(stated | about, facts)


if __name__ == "__main__":
    run(main, snakemake)
