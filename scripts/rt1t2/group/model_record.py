"""The record of a fitted contrast, ``model.json``, for the rules after the t-test."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.group.random_fields import FField, TField, equal_p_f, equal_p_t
from rt1t2.records import read_json

ARRAYS = ("fwhm_mm", "fwhm_voxels", "resels", "relative_variance", "voxel_mm")


@dataclass(frozen=True)
class ModelRecord:
    """A fitted contrast, without its maps.

    Attributes
    ----------
    contrast, plus, minus
        Name of the contrast, and its groups or visits; ``None`` where it has no two sides.
    n_plus, n_minus
        Participants of each.
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
    n
        Rows of the design of each group.
    kind, statistic, measure, directions
        As in :class:`~rt1t2.group.design.Design`.
    df_effect
        Numerator degrees of freedom: 1 of t.
    """

    contrast: str
    plus: str | None
    minus: str | None
    n_plus: int | None
    n_minus: int | None
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
    n: dict[str, int]
    kind: str
    statistic: str
    measure: str
    directions: list[str]
    df_effect: int

    @property
    def both_df(self) -> int | list[int]:
        """Degrees of freedom as they are printed: of t one number, of F two."""
        return [self.df_effect, self.df] if self.statistic == "F" else self.df

    def field(self, n_voxels: int) -> TField:
        """Return the random field that the contrast's map is searched as."""
        size = self.df, self.resels, self.fwhm_voxels, n_voxels
        return FField(*size, self.df_effect) if self.statistic == "F" else TField(*size)

    def common(self, statistic: np.ndarray, df: np.ndarray) -> np.ndarray:
        """Return the statistic with the same p, of the model's own degrees of freedom."""
        if self.statistic == "F":
            return equal_p_f(statistic, self.df_effect, df, self.df)
        return equal_p_t(statistic, df, self.df)

    def own_name(self, name: str) -> str:
        """Return the name of a column or entry that is written as of t and Hedges g.

        Of F it is ``peak_f`` instead of ``peak_t``; the effect has the name of its measure.
        """
        name = name.replace("hedges_g", self.measure)
        if self.statistic == "F":
            name = re.sub(r"(^|_)t$", r"\1f", name)
        return name

    def named(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        """Return entries under their own names, see :meth:`own_name`."""
        return {self.own_name(name): value for name, value in entries.items()}

    def summary(self) -> dict[str, Any]:
        """Return the entries of ``summary.json``; ``df`` of F are two numbers."""
        return vars(self) | {"df": self.both_df}

    def entries(self) -> dict[str, Any]:
        """Return the model's entries in the sidecars of the fitted maps."""
        voxelwise = self.variance == "welch" or self.missing == "pairwise"
        return {
            "Contrast": self.directions[0],
            "Variance": self.variance,
            "DegreesOfFreedom": self.both_df,
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
