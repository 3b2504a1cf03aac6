"""The test of one contrast: t or F at every voxel, smoothness and search volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rt1t2.contrasts import GROUPS, SLOPES, VISITS
from rt1t2.errors import UserError
from rt1t2.group.design import Design
from rt1t2.group.model import (
    Fit,
    excluded_voxels,
    fit_groups,
    standardised_residual,
    sum_groups,
)
from rt1t2.group.model_record import ModelRecord
from rt1t2.group.smoothness import (
    estimate_smoothness,
    resel_counts,
    sampled_participants,
)


@dataclass(frozen=True)
class TwoSampleTest:
    """A tested contrast; arrays of shape (voxels,) are at the voxels of the group mask.

    Attributes
    ----------
    fit
        The fitted model.
    tested
        Where t is defined, bool, shape (voxels,).
    excluded
        Voxels without t, by reason.
    fwhm_voxels
        Smoothness along the three axes in voxels; NaN if unknown.
    resels
        Resel counts of dimension 0 to 3 of the tested voxels; NaN if unknown.
    resels_per_voxel
        Local resel density, NaN where unknown, shape (voxels,).
    """

    fit: Fit
    tested: np.ndarray
    excluded: dict[str, int]
    fwhm_voxels: np.ndarray
    resels: np.ndarray
    resels_per_voxel: np.ndarray


def two_sample_t(
    maps: Sequence[np.ndarray],
    design: Design,
    mask: np.ndarray,
    variance: str,
    missing: str,
) -> TwoSampleTest:
    """Test the contrast of a design at every voxel of a mask.

    Parameters
    ----------
    maps
        Each participant's values at the mask's voxels, NaN where undefined, shape
        (voxels,). They are read twice, one at a time.
    design
        Of the participants, in the order of the maps.
    mask
        Analysed voxels, bool, shape (x, y, z).
    variance, missing
        As in :func:`~rt1t2.group.model.fit_groups` and
        :func:`~rt1t2.group.model.sum_groups`.

    Raises
    ------
    UserError
        No voxel can be tested.
    """
    sums = sum_groups(maps, design, int(mask.sum()), missing)
    fit = fit_groups(sums, design, variance)
    excluded = excluded_voxels(sums, fit)
    tested = np.isfinite(fit.t)
    if not tested.any():
        raise UserError(
            f"{design.title}: no voxel of the group mask can be "
            f"tested ({excluded['Undefined']} lack maps, {excluded['NoVariation']} do not "
            "vary). Look at the maps of both groups."
        )
    sampled = sampled_participants(len(maps))
    n = np.broadcast_to(sums.n.sum(axis=0), tested.shape)[tested]
    volume = mask.copy()
    volume[mask] = tested
    smoothness = estimate_smoothness(
        (standardised_residual(maps[i], i, design, fit)[tested] for i in sampled),
        volume,
        n,
        n - len(design.columns),
    )
    resels_per_voxel = np.full(tested.shape, np.nan)
    resels_per_voxel[tested] = smoothness.resels_per_voxel
    return TwoSampleTest(
        fit,
        tested,
        excluded,
        smoothness.fwhm_voxels,
        resel_counts(volume, smoothness.fwhm_voxels),
        resels_per_voxel,
    )


def model_record(
    test: TwoSampleTest,
    design: Design,
    contrast: str,
    covariates: Sequence[str],
    variance: str,
    missing: str,
    voxel_mm: np.ndarray,
) -> ModelRecord:
    """Describe a tested contrast for ``model.json``; ``voxel_mm`` is the voxels' size (3,)."""
    sides = dict.fromkeys(("plus", "minus", "n_plus", "n_minus"))
    sizes = design.sizes()
    if design.kind in (GROUPS, SLOPES):
        (plus, n_plus), (minus, n_minus) = sizes.items()
        sides = {"plus": plus, "minus": minus, "n_plus": n_plus, "n_minus": n_minus}
    elif design.kind == VISITS:
        plus, minus = design.directions[0].split(" > ")
        n = len(design.participants)
        sides = {"plus": plus, "minus": minus, "n_plus": n, "n_minus": n}
    return ModelRecord(
        contrast=contrast,
        **sides,
        n=sizes,
        kind=design.kind,
        statistic=design.statistic,
        df_effect=design.rank,
        measure=design.measure,
        directions=design.directions,
        covariates=list(covariates),
        variance=variance,
        missing=missing,
        df=design.df,
        effective_n=float(np.median(test.fit.effective_n[test.tested])),
        n_voxels=int(test.tested.sum()),
        excluded_voxels=test.excluded,
        fwhm_mm=test.fwhm_voxels * voxel_mm,
        fwhm_voxels=test.fwhm_voxels,
        resels=test.resels,
        relative_variance=test.fit.variances,
        n_voxels_for_variance=test.fit.n_selected,
        voxel_mm=voxel_mm,
    )
