"""NIfTI in and out: one reader and one writer, so that every image is written the same way."""

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.nifti import nib
from rt1t2.records import save_json
from rt1t2.rounding import rounded

TEMPLATE_FOLDERS = {"template", "group"}


def load(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read an image as (float32 data, affine to RAS mm)."""
    image = nib.load(path)
    return np.asarray(image.dataobj, dtype=np.float32), image.affine


def load_stored(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read an image in the type that it is stored in: (data, affine to RAS mm)."""
    image = nib.load(path)
    return np.asarray(image.dataobj), image.affine


def load_on(reference: str | Path, *paths: str | Path) -> list[np.ndarray]:
    """Read images that have to lie on the grid of another one; float32 data only.

    Raises
    ------
    UserError
        One has another shape or affine, as a file that a viewer saved may have.
    """
    grid = nib.load(reference)
    volumes = []
    for path in paths:
        data, affine = load(path)
        if not same_grid(data.shape, affine, grid.shape, grid.affine):
            difference = grid_difference(data.shape, affine, grid.shape, grid.affine)
            raise UserError(
                f"{Path(path).name} lies on another grid than {Path(reference).name}: "
                f"{difference}. If it was corrected by hand, "
                "save it with the voxels and the orientation of that image; or delete it, "
                "and it is made again."
            )
        volumes.append(data)
    return volumes


def save(
    data: np.ndarray,
    affine: np.ndarray,
    path: str | Path,
    meta: dict[str, Any] | None = None,
    intent: str | None = None,
    step: float | None = None,
) -> None:
    """Write an image, byte-identical for identical input, with a JSON sidecar beside it.

    Parameters
    ----------
    data
        Booleans and integers are stored in the smallest of uint8, int16, int32, uint32 and
        int64 that holds them, everything else as float32. NaN means undefined.
    affine
        Voxel to RAS mm; stored as sform and qform, code 1 (scanner) or, for paths that
        name a ``space-MNI…`` or lie under a template or group folder, 4 (MNI).
    meta
        The sidecar's content; ``None`` writes no sidecar (intermediate images).
    intent
        NIfTI intent name, such as ``"vector"`` for ITK displacement fields.
    step
        Values are rounded to multiples of it (:mod:`rt1t2.rounding`), which the sidecar
        says; ``None`` keeps every bit.
    """
    path = Path(path)
    values = _storable(data if step is None else rounded(data, step))
    image = nib.Nifti1Image(values, affine, dtype=values.dtype)
    in_template_space = "MNI152" in path.name or not TEMPLATE_FOLDERS.isdisjoint(
        path.parts
    )
    code = 4 if in_template_space else 1
    image.set_sform(affine, code)
    image.set_qform(affine, code)
    image.header.set_xyzt_units("mm")
    if intent:
        image.header.set_intent(intent)
    # mtime 0 and no file name in the gzip header: the same data give the same bytes;
    # higher levels than 1 cost time and hardly shrink the noise in the last bits of floats,
    # and of rounded values 6 takes four times the time of 4 for files that are 7 % smaller
    every_bit = step is None and values.dtype == np.float32
    level = 1 if every_bit else 4
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", level, file, mtime=0) as packed,
    ):
        packed.write(image.to_bytes())
    if meta is not None:
        rounding = {} if step is None else {"RoundedToMultiplesOf": step}
        save_json({**meta, **rounding}, sidecar(path))


def sidecar(path: str | Path) -> Path:
    """Return the path of the JSON sidecar of an image or a transform."""
    path = Path(path)
    stem = re.sub(r"\.gz$", "", path.name, flags=re.IGNORECASE).rpartition(".")[0]
    return path.with_name(f"{stem}.json")


def bids_uri(path: str | Path) -> str:
    """Return the BIDS URI of a participant's file ``sub-…/anat/…`` within its own data set."""
    return f"bids::{'/'.join(Path(path).parts[-3:])}"


def voxel_sizes_mm(affine: np.ndarray) -> np.ndarray:
    """Return the three voxel sizes of an affine in mm."""
    sizes: np.ndarray = nib.affines.voxel_sizes(affine)
    return sizes


def same_grid(
    shape_a: tuple[int, ...],
    affine_a: np.ndarray,
    shape_b: tuple[int, ...],
    affine_b: np.ndarray,
    tolerance_mm: float = 0.01,
) -> bool:
    """Tell whether two grids have one shape and all corners within ``tolerance_mm``."""
    if tuple(shape_a[:3]) != tuple(shape_b[:3]):
        return False
    corners = np.stack(
        np.meshgrid(*[(0, n - 1) for n in shape_a[:3]], indexing="ij"), axis=-1
    ).reshape(-1, 3)
    distance = nib.affines.apply_affine(affine_a, corners) - nib.affines.apply_affine(
        affine_b, corners
    )
    return bool(np.abs(distance).max() <= tolerance_mm)


def grid_difference(
    shape_a: tuple[int, ...],
    affine_a: np.ndarray,
    shape_b: tuple[int, ...],
    affine_b: np.ndarray,
) -> str:
    """Say in words how grid a differs from grid b: matrix, voxels, directions, origin."""
    pairs = {
        "matrix": (_matrix(shape_a), _matrix(shape_b)),
        "voxel size": (_sizes(affine_a), _sizes(affine_b)),
        "direction of the axes": (_directions(affine_a), _directions(affine_b)),
        "origin": (_origin(affine_a), _origin(affine_b)),
    }
    said = [f"{what} {a} instead of {b}" for what, (a, b) in pairs.items() if a != b]
    return ", ".join(said) or "the axes are tilted against each other"


def _matrix(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape[:3])


def _sizes(affine: np.ndarray) -> str:
    return " x ".join(f"{mm:.2f}" for mm in voxel_sizes_mm(affine)) + " mm"


def _directions(affine: np.ndarray) -> str:
    return "".join(letter or "?" for letter in nib.aff2axcodes(affine))


def _origin(affine: np.ndarray) -> str:
    return "(" + ", ".join(f"{mm + 0.0:.1f}" for mm in affine[:3, 3]) + ") mm"


def _storable(data: np.ndarray) -> np.ndarray:
    """Return data in the smallest type that holds every value; integers never wrap."""
    if data.dtype == bool:
        return data.astype(np.uint8)
    if not np.issubdtype(data.dtype, np.integer):
        return data.astype(np.float32)
    low, high = (int(data.min()), int(data.max())) if data.size else (0, 0)
    for kind in (np.uint8, np.int16, np.int32, np.uint32, np.int64):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return data.astype(kind)
    return data.astype(np.float64)
