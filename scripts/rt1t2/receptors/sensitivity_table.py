"""Rows of the sensitivity table: what each variant of the receptor correlations gives."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rt1t2.receptors.correlation import Correlations
from rt1t2.receptors.variants import LeftOut
from rt1t2.significance import ALPHA

Row = dict[str, Any]

SENSITIVITY = (
    "group receptor map variant covariate n_participants n_regions mean_fisher_z mean_rho "
    "n_extreme n_permutations p p_fdr fisher_z_low fisher_z_high p_low p_high n_omissions "
    "n_sign_changes n_significance_changes most_influential note"
).split()


def correlation_rows(
    shared: Row, receptors: dict[str, str], found: Correlations
) -> Iterator[Row]:
    """Return one row a map of a variant that correlates anew."""
    for k, (name, receptor) in enumerate(receptors.items()):
        yield shared | {
            "receptor": receptor,
            "map": name,
            "n_regions": int(found.n_regions[:, k].min()),
            "mean_fisher_z": found.fisher_z[:, k].mean(),
            "mean_rho": found.rho[:, k].mean(),
            "n_extreme": int(found.n_extreme[k]),
            "n_permutations": len(found.null),
            "p": found.p[k],
        }


def undefined_rows(
    shared: Row, receptors: dict[str, str], reason: str
) -> Iterator[Row]:
    """Return one row a map of a variant that cannot be done, with the reason."""
    for name, receptor in receptors.items():
        yield shared | {"receptor": receptor, "map": name, "note": reason}


def spatial_row(
    shared: Row, observed_z: float, null: np.ndarray, main: Correlations, column: int
) -> Row:
    """Return the row of one map against its spatial null, p as in the permutation test."""
    n_extreme = int((np.abs(null) >= abs(observed_z) - 1e-12).sum())
    return shared | {
        "n_regions": int(main.n_regions[:, column].min()),
        "mean_fisher_z": observed_z,
        "mean_rho": main.rho[:, column].mean(),
        "n_extreme": n_extreme,
        "n_permutations": len(null),
        "p": (n_extreme + 1) / (len(null) + 1),
    }


def left_out_rows(
    shared: Row, receptors: dict[str, str], main: Correlations, left_out: LeftOut
) -> Iterator[Row]:
    """Return one row a map with the range over omissions, and how often it matters."""
    if not left_out.names:
        yield from undefined_rows(shared, receptors, "nobody can be left out")
        return
    for k, (name, receptor) in enumerate(receptors.items()):
        z, p = left_out.mean_z[:, k], left_out.p[:, k]
        main_z = main.fisher_z[:, k].mean()
        changed = (p < ALPHA) != (main.p[k] < ALPHA)
        yield shared | {
            "receptor": receptor,
            "map": name,
            "fisher_z_low": z.min(),
            "fisher_z_high": z.max(),
            "p_low": p.min(),
            "p_high": p.max(),
            "n_omissions": len(left_out.names),
            "n_sign_changes": int((np.sign(z) != np.sign(main_z)).sum()),
            "n_significance_changes": int(changed.sum()),
            "most_influential": left_out.names[int(np.abs(z - main_z).argmax())],
        }
