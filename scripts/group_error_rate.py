import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.error_rate import error_rate_of
from rt1t2.group.model_record import read_model
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t: str,
    model: str,
    error_rate: str,
    code: str,
    height_p: float,
    extent_voxels: int,
    studies: int,
    seed: int,
) -> None:
    volume, affine = images.load(t)
    record = error_rate_of(
        read_model(model),
        np.isfinite(volume),
        images.voxel_sizes_mm(affine),
        height_p,
        extent_voxels,
        studies,
        seed,
    )
    if record.rate is None:
        log.warning("no null studies: none asked for, or the smoothness is unknown")
    else:
        log.info("a false cluster in %.1f %% of null analyses", 100 * record.rate)
    save_json(vars(record) | generated_by(code, "numpy", "scipy"), error_rate)


if __name__ == "__main__":
    run(main, snakemake)
