"""A small study of finished maps on disk, for the tests of the group scripts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from rt1t2 import images
from rt1t2.group.leave_one_out import COLUMNS
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
    def rows_plus(self) -> list[dict[str, str]]:
        return [
            {"participant_id": Path(p).name.split(".")[0], "group": "A"}
            for p in self.plus
        ]

    @property
    def rows_minus(self) -> list[dict[str, str]]:
        return [
            {"participant_id": Path(p).name.split(".")[0], "group": "B"}
            for p in self.minus
        ]

    def values(self) -> np.ndarray:
        return np.stack([images.load(path)[0] for path in [*self.plus, *self.minus]])

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


def write_evidence(folder: Path, t: np.ndarray, affine: np.ndarray) -> dict[str, str]:
    """Write what group_clusters reads beside t: effects of t / 2, nothing permuted or left out."""
    maps = {
        "hedges_g": t / 2,
        "hedges_g_low": t / 2 - 1,
        "hedges_g_high": t / 2 + 1,
        "log10_bf10": t / 4,
        "cluster_p": np.full(t.shape, np.nan),
        "tfce_p": np.full(t.shape, np.nan),
    }
    paths = {name: str(folder / f"{name}.nii.gz") for name in maps}
    for name, data in maps.items():
        images.save(data, affine, paths[name])
    facts = {
        "evidence": {"share_null": 0.25, "CodeDigest": "x"},
        "permutation": {"grid_step": 1, "permutations": 0, "reason_against": "none"},
        "error_rate": {"rate": 0.2},
    }
    for name, content in facts.items():
        paths[name] = str(folder / f"{name}.json")
        save_json(content, paths[name])
    paths["leave_one_out"] = str(folder / "leave_one_out.tsv")
    write_tsv([], COLUMNS, paths["leave_one_out"])
    return paths
