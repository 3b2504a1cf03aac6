"""A whole study of finished maps on disk, for Snakemake: maps, receptor maps, atlas, config."""

import hashlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import yaml
from scipy import ndimage

SHAPE = (40, 48, 40)
AFFINE = np.diag([4.0, 4, 4, 1])
AFFINE[:3, 3] = (-78, -110, -66)
N_REGIONS = 24


class MapStudy:
    """Maps of 4 mm in template space; the config is small, fast and complete.

    Parameters
    ----------
    folder
        Where everything is written.
    sizes
        Participants of each group; HC are the controls.
    effect
        Added left of the midline (x < 0) in all groups but HC.
    """

    def __init__(
        self, folder: Path, sizes: dict[str, int], effect: float = 0.0, seed: int = 1
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.rows: list[dict[str, str]] = []
        ball = np.linalg.norm(np.indices(SHAPE).T - (13, 28, 20), axis=-1).T < 4
        for group, n in sizes.items():
            for _ in range(n):
                noise = self.field()
                data = 1 + 0.1 * noise + effect * ball * (group != "HC")
                self.add(group, data)
        groups = list(sizes)
        self.config: dict[str, Any] = {
            "participants": "participants.tsv",
            "groups": {group: f"Group {group}" for group in groups},
            "control_group": "HC",
            "contrasts": [
                {"name": f"{a}-{b}", "plus": a, "minus": b}
                for a, b in zip(groups[1:], groups, strict=False)
            ],
            "normalisation": {"voxel_mm": 4.0},
            "statistics": {
                "extent_voxels": 12,
                "permutations": 19,
                "null_studies": 20,
                "label_clusters": False,
            },
            "receptors": {
                "permutations": 99,
                "gm_covariate": None,
                "sensitivity": {"surrogates": 19, "leave_one_out_permutations": 19},
            },
        }
        self._write_receptors()

    def field(self) -> np.ndarray:
        """Return smooth noise of SD 1."""
        noise = ndimage.gaussian_filter(self.rng.standard_normal(SHAPE), 1.3)
        return noise / noise.std()

    def add(self, group: str, data: np.ndarray, **columns: str) -> None:
        """Add a participant with a map."""
        name = f"sub-{len(self.rows) + 1:02d}"
        path = self.folder / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(data.astype(np.float32), AFFINE), path)
        row = {"participant_id": name, "group": group, "map": path.name}
        row |= {
            "age": str(40 + 7 * len(self.rows) % 30),
            "sex": "MF"[len(self.rows) % 2],
        }
        self.rows.append(row | {"t1w": "n/a", "t2w": "n/a", "exclude": "n/a"} | columns)

    def _write_receptors(self) -> None:
        x, y, z = np.indices(SHAPE) // 10
        atlas = (1 + x + 4 * y + 20 * z).astype(np.int16)
        inside = ndimage.binary_erosion(np.ones(SHAPE, bool), iterations=8)
        labels = np.unique(atlas[inside])[:N_REGIONS]
        atlas = np.where(inside & np.isin(atlas, labels), atlas, 0).astype(np.int16)
        nib.save(nib.Nifti1Image(atlas, AFFINE), self.folder / "atlas.nii")
        lines = ["index\tname", *(f"{label}\tregion {label}" for label in labels)]
        (self.folder / "atlas.tsv").write_text("\n".join(lines) + "\n")
        lines = ["receptor\tmap\tn\tsource\tlicence\turl\tsha256\tdefault"]
        for name in ("alpha", "beta"):
            path = self.folder / f"{name}.nii"
            data = (10 + self.field()).astype(np.float32)
            nib.save(nib.Nifti1Image(data, AFFINE), path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{name}\t{name}\t9\tmade\tnone\t{path}\t{digest}\tyes")
        (self.folder / "receptors.tsv").write_text("\n".join(lines) + "\n")
        self.config["receptors"] |= {
            "table": "receptors.tsv",
            "atlas": {
                "image": str(self.folder / "atlas.nii"),
                "image_sha256": None,
                "labels": str(self.folder / "atlas.tsv"),
            },
        }

    def no_receptors(self) -> None:
        """Leave a receptor table of which nothing is used by default."""
        table = self.folder / "receptors.tsv"
        table.write_text(table.read_text().replace("\tyes", "\tno"))

    def write(self) -> str:
        """Write table and config where they have changed; return the config's path."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        lines = ["\t".join(columns)]
        lines += ["\t".join(row.get(c, "n/a") for c in columns) for row in self.rows]
        texts = {
            "participants.tsv": "\n".join(lines) + "\n",
            "config.yaml": yaml.safe_dump(self.config),
        }
        for name, text in texts.items():
            path = self.folder / name
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        return str(self.folder / "config.yaml")
