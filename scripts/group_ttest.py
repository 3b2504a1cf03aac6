import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.design import two_sample_design, with_protocol
from rt1t2.group.maps import (
    MaskedMaps,
    about_map,
    grid_of,
    in_volume,
    require_one_grid,
)
from rt1t2.group.two_sample import model_record, two_sample_t
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    mask: str,
    t: str,
    df: str,
    effective_n: str,
    rpv: str,
    model: str,
    design: str,
    code: str,
    contrast: dict[str, str],
    rows: list[dict[str, str]],
    variance: str,
    missing: str,
    covariates: list[str],
    protocols: str | list[str] = "",
) -> None:
    plan = two_sample_design(contrast, with_protocol(rows, protocols), covariates)
    plan.save(design)
    affine = require_one_grid([grid_of(path) for path in (mask, *maps)]).affine
    analysed = images.load(mask)[0] > 0
    test = two_sample_t(MaskedMaps(maps, analysed), plan, analysed, variance, missing)
    voxel_mm = images.voxel_sizes_mm(affine)
    record = model_record(
        test, plan, contrast["name"], covariates, variance, missing, voxel_mm
    )
    if not np.isfinite(record.fwhm_mm).all():
        log.warning("smoothness is unknown; p values of random fields will be n/a")
    log.info(
        "%d voxels, df %d, FWHM %s mm, %.1f resels",
        record.n_voxels,
        record.df,
        np.round(record.fwhm_mm, 1),
        record.resels[3],
    )
    software = generated_by(code, "numpy", "scipy", "nibabel")
    save_json(vars(record) | software, model)
    for path, values, description in (
        (t, test.fit.t, "Two-sample t; NaN outside the tested voxels"),
        (df, test.fit.df, "Degrees of freedom of t"),
        (effective_n, test.fit.effective_n, "Standardised effect = t / sqrt(this)"),
        (rpv, test.resels_per_voxel, "Resels per voxel"),
    ):
        about = (
            about_map(description, maps, plan.participants)
            | record.entries()
            | software
        )
        images.save(in_volume(values, analysed), affine, path, about)


if __name__ == "__main__":
    run(main, snakemake)
