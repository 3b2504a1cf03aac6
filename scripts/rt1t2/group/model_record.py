"""The record of a fitted contrast, ``model.json``, for the rules after the t-test."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.records import read_json

ARRAYS = ("fwhm_mm", "fwhm_voxels", "resels", "relative_variance", "voxel_mm")


@dataclass(frozen=True)
class ModelRecord:
    """A fitted contrast, without its maps.

    Attributes
    ----------
    contrast, plus, minus
        Name of the contrast, and its groups.
    n_plus, n_minus
        Participants of each group.
    covariates, variance, missing
        As in the configuration.
    df
        Residual degrees of freedom where every map is defined.
    effective_n
        Median over the tested voxels, see :class:`~rt1t2.group.model.Fit`.
    n_voxels, excluded_voxels
        Tested voxels, and those without t by reason.
    fwhm_mm, fwhm_voxels
        Smoothness along the three axes; NaN if unknown.
    resels
        Resel counts of dimension 0 to 3; NaN if unknown.
    relative_variance
        Variance of each group; ``None`` where each voxel has its own.
    n_voxels_for_variance
        Voxels that the variances were estimated from.
    voxel_mm
        Size of a voxel of the maps, shape (3,); NaN if unknown.
    """

    contrast: str
    plus: str
    minus: str
    n_plus: int
    n_minus: int
    covariates: list[str]
    variance: str
    missing: str
    df: int
    effective_n: float
    n_voxels: int
    excluded_voxels: dict[str, int]
    fwhm_mm: np.ndarray
    fwhm_voxels: np.ndarray
    resels: np.ndarray
    relative_variance: np.ndarray | None
    n_voxels_for_variance: int
    voxel_mm: np.ndarray

    def entries(self) -> dict[str, Any]:
        """Return the model's entries in the sidecars of the fitted maps."""
        voxelwise = self.variance == "welch" or self.missing == "pairwise"
        return {
            "Contrast": f"{self.plus} > {self.minus}",
            "Variance": self.variance,
            "DegreesOfFreedom": self.df,
            "VoxelwiseDegreesOfFreedom": voxelwise,
            "ExcludedVoxels": self.excluded_voxels,
        }


def read_model(path: str | Path) -> ModelRecord:
    """Read ``model.json``; null is NaN in an array."""
    content = read_json(path)
    values = {field.name: content[field.name] for field in fields(ModelRecord)}
    for name in ARRAYS:
        if values[name] is not None:
            values[name] = np.array(values[name], dtype=float)
    return ModelRecord(**values)
