import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.coarse_grid import first_sample, subsample
from rt1t2.group.design import read_design
from rt1t2.group.error_rate import error_rate_of, simulation_step
from rt1t2.group.map_stack import MapStack
from rt1t2.group.model_record import read_model
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    t: str,
    model: str,
    design: str,
    error_rate: str,
    code: str,
    height_p: float,
    extent_voxels: int,
    studies: int,
    seed: int,
) -> None:
    volume, affine = images.load(t)
    fitted, tested = read_model(model), np.isfinite(volume)
    plan = read_design(design)
    step = simulation_step(fitted.fwhm_voxels, extent_voxels)
    start = first_sample(tested, step)
    coarse = subsample(tested, step, start)
    stack = MapStack.load(*maps)
    record = error_rate_of(
        *(fitted, plan, plan.data(stack, coarse, step, start), coarse, step),
        *(images.voxel_sizes_mm(affine), height_p, extent_voxels, studies, seed),
    )
    for name, found in (
        ("residuals", record.from_residuals),
        ("stationary noise", record.stationary),
    ):
        if found.rate is None:
            log.warning("no null studies from %s: %s", name, found.reason_against)
        else:
            log.info("%s: a false cluster in %.1f %%", name, 100 * found.rate)
    save_json(record.entries() | generated_by(code, "numpy", "scipy"), error_rate)


if __name__ == "__main__":
    run(main, snakemake)
