import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.coarse_grid import coarse_step, every
from rt1t2.group.error_rate import simulate_error_rate
from rt1t2.records import read_json, save_json
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
    facts = read_json(model)
    volume, affine = images.load(t)
    fwhm_voxels = np.array(facts["fwhm_voxels"], dtype=float)
    step = coarse_step(fwhm_voxels, extent_voxels, voxels_per_extent=3)
    mask = np.isfinite(every(volume, step))
    stated = {
        "height_p": height_p,
        "extent_voxels": extent_voxels,
        "fwhm_mm": facts["fwhm_mm"],
        "voxel_mm": images.voxel_sizes_mm(affine) * step,
        "participants": {facts[side]: facts[f"n_{side}"] for side in ("plus", "minus")},
        "studies": studies,
        "seed": seed,
    } | dict.fromkeys(("rate", "rate_low", "rate_high", "rate_either", "df"))
    if studies == 0 or not np.isfinite(fwhm_voxels).all() or not mask.any():
        log.warning("no null studies: none asked for, or the smoothness is unknown")
        stated["studies"] = 0
    else:
        found = simulate_error_rate(
            mask,
            fwhm_voxels / step,
            facts["df"],
            height_p,
            extent_voxels / step**3,
            studies,
            seed,
        )
        stated |= {
            "rate": found.rate,
            "rate_low": found.low,
            "rate_high": found.high,
            "rate_either": found.rate_either,
            "df": found.df,
            "extent_voxels_p05": float(np.quantile(found.largest, 0.95)) * step**3,
        }
        log.info("a false cluster in %.1f %% of null analyses", 100 * found.rate)
    save_json(stated | generated_by(code, "numpy", "scipy"), error_rate)


if __name__ == "__main__":
    run(main, snakemake)
