import logging
from collections.abc import Iterator

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.group.design import two_sample_design, with_protocol
from rt1t2.group.maps import grid_of, read_map, require_one_grid, source_name
from rt1t2.group.model import (
    excluded_voxels,
    fit_groups,
    standardised_residual,
    sum_groups,
)
from rt1t2.group.smoothness import (
    estimate_smoothness,
    resel_counts,
    sampled_participants,
)
from rt1t2.records import save_json
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    plus: list[str],
    minus: list[str],
    mask: str,
    t: str,
    df: str,
    effective_n: str,
    rpv: str,
    model: str,
    design: str,
    code: str,
    contrast: dict[str, str],
    rows_plus: list[dict[str, str]],
    rows_minus: list[dict[str, str]],
    variance: str,
    missing: str,
    covariates: list[str],
    protocols: str | list[str] = "",
) -> None:
    sides = (with_protocol(side, protocols) for side in (rows_plus, rows_minus))
    plan = two_sample_design(contrast, *sides, covariates)
    rows = plan.rows([*rows_plus, *rows_minus])
    write_tsv(rows, ["participant_id", *plan.columns], design)
    paths = [*plus, *minus]
    grid = require_one_grid([grid_of(mask), *map(grid_of, paths)])
    analysed = images.load(mask)[0] > 0

    def values(which: np.ndarray) -> Iterator[np.ndarray]:
        for index in which:
            yield read_map(paths[index])[analysed]

    everybody = np.arange(len(paths))
    sums = sum_groups(values(everybody), plan, int(analysed.sum()), missing)
    fit = fit_groups(sums, plan, variance)
    excluded = excluded_voxels(sums, fit)
    usable = np.isfinite(fit.t)
    if not usable.any():
        raise UserError(
            f"contrast {contrast['name']}: no voxel of {source_name(mask)} can be tested "
            f"({excluded['Undefined']} lack maps, {excluded['NoVariation']} do not vary). "
            "Look at the maps of both groups."
        )
    sampled = sampled_participants(len(paths))
    n = np.broadcast_to(sums.n.sum(axis=0), usable.shape)
    tested = analysed.copy()
    tested[analysed] = usable
    smoothness = estimate_smoothness(
        (
            standardised_residual(y, index, plan, fit)[usable]
            for index, y in zip(sampled, values(sampled), strict=True)
        ),
        tested,
        n[usable],
        n[usable] - len(plan.columns),
    )
    fwhm_mm = smoothness.fwhm_voxels * images.voxel_sizes_mm(grid.affine)
    resels = resel_counts(tested, smoothness.fwhm_voxels)
    if not np.isfinite(fwhm_mm).all():
        log.warning("smoothness cannot be told; p values of random fields will be n/a")
    log.info(
        "%d voxels, df %d, FWHM %s mm, %.1f resels",
        usable.sum(),
        plan.df,
        np.round(fwhm_mm, 1),
        resels[3],
    )
    facts = {
        "contrast": contrast["name"],
        "plus": contrast["plus"],
        "minus": contrast["minus"],
        "n_plus": len(plus),
        "n_minus": len(minus),
        "covariates": list(covariates),
        "variance": variance,
        "missing": missing,
        "df": plan.df,
        "effective_n": float(np.median(fit.effective_n[usable])),
        "n_voxels": int(usable.sum()),
        "excluded_voxels": excluded,
        "fwhm_mm": fwhm_mm,
        "fwhm_voxels": smoothness.fwhm_voxels,
        "resels": resels,
        "relative_variance": fit.variances,
        "n_voxels_for_variance": fit.n_selected,
    }
    save_json(facts | generated_by(code, "numpy", "scipy", "nibabel"), model)
    about = {
        "Sources": [source_name(path) for path in paths],
        "SpatialReference": "MNI152NLin2009aSym",
        "Contrast": f"{contrast['plus']} > {contrast['minus']}",
        "Variance": variance,
        "DegreesOfFreedom": plan.df,
        "VoxelwiseDegreesOfFreedom": variance == "welch" or missing == "pairwise",
        "ExcludedVoxels": excluded,
        **generated_by(code, "numpy", "scipy", "nibabel"),
    }
    for path, content, description in (
        (t, fit.t, "Two-sample t; NaN outside the tested voxels"),
        (df, fit.df, "Degrees of freedom of t"),
        (effective_n, fit.effective_n, "Standardised effect = t / sqrt(this)"),
        (rpv, _spread(smoothness.resels_per_voxel, usable), "Resels per voxel"),
    ):
        volume = np.full(grid.shape, np.nan, np.float32)
        volume[analysed] = content
        images.save(volume, grid.affine, path, about | {"Description": description})


def _spread(values: np.ndarray, usable: np.ndarray) -> np.ndarray:
    spread = np.full(usable.shape, np.nan)
    spread[usable] = values
    return spread


if __name__ == "__main__":
    run(main, snakemake)
