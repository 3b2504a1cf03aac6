"""All maps of a study at its analysed voxels, in one file of which jobs read the rows they need.

A compressed map of 1 mm takes 0.2 CPU s to read, its row in this file less than a tenth.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.group.coarse_grid import Start, subsample
from rt1t2.records import read_json, save_json

VALUES = np.dtype("<f4")


@dataclass(frozen=True)
class Rows(Sequence[np.ndarray]):
    """Rows of a stack; each is read when it is asked for, and none is kept.

    Attributes
    ----------
    path
        The file.
    first_byte
        Where its first row begins.
    n_columns
        Values in a row.
    numbers, columns
        Which rows are given, in which order, and which of their values.
    """

    path: Path
    first_byte: int
    n_columns: int
    numbers: list[int]
    columns: np.ndarray

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.numbers)

    def __getitem__(self, index: int) -> np.ndarray:  # type: ignore[override]  # no slices
        """Read one row: float32, shape (columns,), NaN where undefined."""
        start = self.first_byte + self.numbers[index] * self.n_columns * VALUES.itemsize
        row = np.memmap(self.path, VALUES, "r", start, (self.n_columns,))
        values: np.ndarray = np.array(row[self.columns])
        return values


@dataclass(frozen=True)
class MapStack:
    """The maps of a study, one row each.

    Attributes
    ----------
    path
        NumPy file, float32, shape (maps, voxels), NaN where undefined.
    participants
        Whose the rows are.
    sources
        What the rows were read from, for sidecars.
    mask, affine
        Analysed voxels, shape (x, y, z), and their affine to RAS mm; in C order they are
        the columns.
    first_byte
        Where the first row begins.
    """

    path: Path
    participants: list[str]
    sources: list[str]
    mask: np.ndarray
    affine: np.ndarray
    first_byte: int

    @classmethod
    def load(cls, stack: str | Path, mask: str | Path) -> "MapStack":
        """Open a stack with its sidecar and the mask of its voxels.

        Raises
        ------
        UserError
            The mask is not the one that the stack was made with.
        """
        path = Path(stack)
        marked, affine = images.load(mask)
        about = read_json(path.with_suffix(".json"))
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, _, _ = np.lib.format.read_array_header_1_0(file)
            first_byte = file.tell()
        if about["VoxelsDigest"] != _digest(marked > 0):
            raise UserError(
                f"{mask} marks other voxels than {path.name} holds "
                f"({np.count_nonzero(marked > 0)} and {shape[1]}). If it was changed by hand, "
                "give your mask as statistics.explicit_mask, and delete this one: it is made "
                "again."
            )
        people, sources = about["Participants"], about["Sources"]
        return cls(path, people, sources, marked > 0, affine, first_byte)

    def of(
        self,
        participants: Sequence[str],
        mask: np.ndarray,
        step: int = 1,
        start: Start | None = None,
    ) -> Rows:
        """Return some participants' values at some of the analysed voxels.

        Parameters
        ----------
        participants
            Whose maps, in their order.
        mask
            Which voxels of the grid that ``step`` leaves, bool.
        step
            Every ``step``-th voxel is taken, from ``start`` on, see
            :func:`~rt1t2.group.coarse_grid.subsample`.
        """
        column = np.full(self.mask.shape, -1, np.int64)
        n_columns = int(np.count_nonzero(self.mask))
        column[self.mask] = np.arange(n_columns)
        chosen = subsample(column, step, start)[mask]
        if (chosen < 0).any():
            raise ValueError("voxels outside the group mask have no column")
        row = {name: number for number, name in enumerate(self.participants)}
        numbers = [row[name] for name in participants]
        return Rows(self.path, self.first_byte, n_columns, numbers, chosen)

    def sources_of(self, participants: Sequence[str]) -> list[str]:
        """Return what some participants' maps were read from."""
        source = dict(zip(self.participants, self.sources, strict=True))
        return [source[name] for name in participants]


def save_stack(
    path: str | Path,
    rows: Iterable[np.ndarray],
    mask: np.ndarray,
    participants: Sequence[str],
    sources: Sequence[str],
    software: dict[str, object],
) -> None:
    """Write rows (each of the mask's voxels in C order) as a stack with its sidecar."""
    shape = (len(participants), int(np.count_nonzero(mask)))
    header = {"descr": VALUES.str, "fortran_order": False, "shape": shape}
    with Path(path).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for values in rows:
            file.write(np.ascontiguousarray(values, VALUES).tobytes())
    about = {
        "Description": "Maps at the voxels of mask.nii.gz (C order), a row per participant",
        "Participants": list(participants),
        "Sources": list(sources),
        "VoxelsDigest": _digest(mask),
    }
    save_json(about | software, Path(path).with_suffix(".json"))


def _digest(mask: np.ndarray) -> str:
    """Return a digest of which voxels a mask marks."""
    marked = np.packbits(np.asarray(mask, bool)).tobytes()
    return hashlib.sha256(repr(mask.shape).encode() + marked).hexdigest()[:16]
