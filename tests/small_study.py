"""A small study of finished maps on disk, for the tests of the group scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.group.leave_one_out import COLUMNS
from rt1t2.group.map_stack import save_stack
from rt1t2.group.maps import MaskedMaps
from rt1t2.records import save_json
from rt1t2.tables import write_tsv

SHAPE = (16, 18, 14)
AFFINE = np.diag([2.0, 2, 2, 1])
AFFINE[:3, 3] = (-16, -18, -14)


@dataclass
class Study:
    """Maps of groups A and B, smooth noise about 1; A is higher in a planted ball."""

    folder: Path
    plus: list[str]
    minus: list[str]
    mask: str

    @property
    def maps(self) -> list[str]:
        """All maps, those of A first."""
        return [*self.plus, *self.minus]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The participants table, in the order of the maps."""
        return [
            {"participant_id": Path(path).name.split(".")[0], "group": group}
            for group, paths in (("A", self.plus), ("B", self.minus))
            for path in paths
        ]

    def values(self) -> np.ndarray:
        return np.stack([images.load(path)[0] for path in self.maps])

    def stacked(self, mask: str = "") -> list[str]:
        """Write the maps as they are now at the mask's voxels; return what jobs read."""
        mask = mask or self.mask
        marked = images.load(mask)[0] > 0
        path = self.folder / "maps.npy"
        rows = MaskedMaps(self.maps, marked)
        people = [row["participant_id"] for row in self.rows]
        save_stack(path, rows, marked, people, self.maps, {})
        return [str(path), mask]

    def outputs(self, *names: str) -> dict[str, str]:
        """Return paths by the part of their names before the dot."""
        return {name.split(".")[0]: str(self.folder / name) for name in names}


def write_study(
    folder: Path, n_a: int = 6, n_b: int = 7, effect: float = 0.3, seed: int = 0
) -> Study:
    """Write maps and mask; the maps are float32 with NaN outside the mask."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SHAPE, bool)
    mask[2:14, 2:16, 2:12] = True
    ball = np.linalg.norm(np.indices(SHAPE).T - (8, 9, 7), axis=-1).T < 3.5
    paths = []
    for number in range(n_a + n_b):
        noise = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.5)
        data = 1 + 0.1 * noise / noise.std() + effect * ball * (number < n_a)
        path = folder / f"sub-{number:02d}.nii.gz"
        images.save(np.where(mask, data, np.nan), AFFINE, path)
        paths.append(str(path))
    images.save(mask, AFFINE, folder / "brain.nii.gz")
    return Study(folder, paths[:n_a], paths[n_a:], str(folder / "brain.nii.gz"))


def write_model(path: Path, **changes: Any) -> None:
    """Write a model.json: 11 against 11, 4 voxels smooth, with the given changes."""
    record = {
        "contrast": "A-B",
        "plus": "A",
        "minus": "B",
        "n_plus": 11,
        "n_minus": 11,
        "covariates": [],
        "variance": "equal",
        "missing": "exclude_voxel",
        "df": 20,
        "effective_n": 5.5,
        "n_voxels": 4000,
        "excluded_voxels": {"Undefined": 0, "NoVariation": 0},
        "fwhm_mm": [8.0, 8.0, 8.0],
        "fwhm_voxels": [4.0, 4.0, 4.0],
        "voxel_mm": [2.0, 2.0, 2.0],
        "resels": [1.0, 7.0, 20.0, 63.0],
        "relative_variance": [1.0, 1.0],
        "n_voxels_for_variance": 0,
        "n": {"A": 11, "B": 11},
        "kind": "groups",
        "statistic": "t",
        "measure": "hedges_g",
        "directions": ["A > B", "B > A"],
        "df_effect": 1,
    }
    assert set(changes) <= set(record)
    sides = record | changes
    record["n"] = {sides[s]: sides[f"n_{s}"] for s in ("plus", "minus")}
    save_json(record | changes, path)


def write_evidence(
    folder: Path,
    t: np.ndarray,
    affine: np.ndarray,
    permuted_p: np.ndarray | None = None,
    step: int = 1,
    omissions: Sequence[dict[str, Any]] = (),
    lesions: np.ndarray | None = None,
) -> dict[str, str | list[str]]:
    """Write what group_clusters reads beside t: effects of t / 2, and p where it is given."""
    p = np.full(t.shape, np.nan) if permuted_p is None else permuted_p
    maps = {
        "hedges_g": t / 2,
        "hedges_g_low": t / 2 - 1,
        "hedges_g_high": t / 2 + 1,
        "log10_bf10": t / 4,
        "cluster_p": p,
        "tfce_p": p,
        "lesion_overlap": np.zeros(t.shape) if lesions is None else lesions,
    }
    files = {name: str(folder / f"{name}.nii.gz") for name in maps}
    for name, data in maps.items():
        images.save(data, affine, files[name])
    facts = {
        "evidence": {"share_null": 0.25, "CodeDigest": "x"},
        "permutation": {"grid_step": step, "permutations": 99, "reason_against": None},
        "error_rate": {"stationary": {"rate": 0.2}},
    }
    for name, content in facts.items():
        files[name] = str(folder / f"{name}.json")
        save_json(content, files[name])
    files["leave_one_out"] = str(folder / "leave_one_out.tsv")
    write_tsv(omissions, COLUMNS, files["leave_one_out"])
    named = ("evidence", "error_rate", "leave_one_out")
    effects = ("hedges_g", "hedges_g_low", "hedges_g_high", "log10_bf10")
    return {name: files[name] for name in named} | {
        "effects": [files[name] for name in effects],
        "places": [files["lesion_overlap"]],
        "permutation": [files[n] for n in ("cluster_p", "tfce_p", "permutation")],
    }
