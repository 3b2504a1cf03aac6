import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.coarse_grid import (
    coarse_step,
    first_sample,
    subsample,
    subsampled_affine,
)
from rt1t2.group.design import read_design
from rt1t2.group.map_stack import MapStack
from rt1t2.group.maps import about_map
from rt1t2.group.model_record import read_model
from rt1t2.group.permutation import permute_maps
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    t: str,
    model: str,
    design: str,
    cluster_p: str,
    tfce_p: str,
    facts: str,
    code: str,
    height_p: float,
    extent_voxels: int,
    permutations: int,
    seed: int,
) -> None:
    plan = read_design(design)
    stack = MapStack.load(*maps)
    volume, affine = images.load(t)
    step = coarse_step(read_model(model).fwhm_voxels, extent_voxels)
    start = first_sample(np.isfinite(volume), step)
    tested = np.isfinite(subsample(volume, step, start))
    permuted = permute_maps(
        *(plan.data(stack, tested, step, start), plan, tested),
        *(height_p, permutations, seed),
    )
    record = permuted.record(plan, step, images.voxel_sizes_mm(affine), seed, start)
    if record.reason_against:
        log.warning("no permutation: %s; p is n/a", record.reason_against)
    log.info(
        "%d permutations, one voxel in %d along each axis, %d voxels",
        *(record.permutations, step, record.n_voxels),
    )
    software = generated_by(code, "numpy", "scipy", "nibabel")
    sided = ", one-sided in the direction of t at the voxel"
    if plan.statistic == "F":
        sided = " of F"
    for path, values, measure in (
        (cluster_p, permuted.cluster_p, "cluster extent"),
        (tfce_p, permuted.tfce_p, "TFCE"),
    ):
        about = about_map(
            f"Family-wise p of {measure} by permutation{sided}",
            stack.sources_of(plan.scans),
        )
        about |= {"Permutations": record.permutations} | software
        images.save(values, subsampled_affine(affine, step, start), path, about)
    save_json(vars(record) | software, facts)


if __name__ == "__main__":
    run(main, snakemake)
