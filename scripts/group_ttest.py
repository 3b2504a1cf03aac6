import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.contrasts import ANY_GROUP, ANY_SLOPE, GROUPS, SLOPE, SLOPES, VISITS
from rt1t2.group.contrast_design import contrast_design, with_columns
from rt1t2.group.map_stack import MapStack
from rt1t2.group.maps import about_map, in_volume
from rt1t2.group.two_sample import model_record, two_sample_t
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")

STATISTICS = {
    GROUPS: "Two-sample t",
    VISITS: "Paired t",
    SLOPE: "t of a slope",
    SLOPES: "t of a difference of slopes",
    ANY_GROUP: "F of any difference of the groups",
    ANY_SLOPE: "F of any difference of the slopes",
}


def main(
    maps: list[str],
    t: str,
    df: str,
    effective_n: str,
    rpv: str,
    model: str,
    design: str,
    code: str,
    contrast: dict[str, Any],
    rows: list[dict[str, str]],
    variance: str,
    missing: str,
    covariates: list[str],
    more_columns: Sequence[str] = (),
) -> None:
    plan = contrast_design(contrast, with_columns(rows, more_columns), covariates)
    plan.save(design)
    stack = MapStack.load(*maps)
    analysed, affine = stack.mask, stack.affine
    test = two_sample_t(plan.data(stack, analysed), plan, analysed, variance, missing)
    voxel_mm = images.voxel_sizes_mm(affine)
    record = model_record(
        test, plan, contrast["name"], covariates, variance, missing, voxel_mm
    )
    if not np.isfinite(record.fwhm_mm).all():
        log.warning("smoothness is unknown; p values of random fields will be n/a")
    log.info(
        "%d voxels, df %s, FWHM %s mm, %.1f resels",
        record.n_voxels,
        record.both_df,
        np.round(record.fwhm_mm, 1),
        record.resels[3],
    )
    software = generated_by(code, "numpy", "scipy", "nibabel")
    save_json(vars(record) | software, model)
    for path, values, description in (
        (t, test.fit.t, f"{STATISTICS[plan.kind]}; NaN outside the tested voxels"),
        (df, test.fit.df, f"Degrees of freedom of {plan.statistic}"),
        (effective_n, test.fit.effective_n, "Standardised effect = t / sqrt(this)"),
        (rpv, test.resels_per_voxel, "Resels per voxel"),
    ):
        about = about_map(description, stack.sources_of(plan.scans))
        about |= record.entries() | software
        images.save(in_volume(values, analysed), affine, path, about)


if __name__ == "__main__":
    run(main, snakemake)
