"""Images that users hand in: whatever may be wrong with such a file is told in one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.damage import read_to_the_end, require_offset
from rt1t2.errors import UserError, machine_fault
from rt1t2.foreign_files import ENOUGH, GZIP, foreign_kind
from rt1t2.nifti import nib
from rt1t2.nifti_place import require_place

GZIPPED = (".gz", ".mgz")


@dataclass(frozen=True)
class UserImage:
    """An image whose header can be used; its values are read when they are asked for.

    Attributes
    ----------
    path, what
        The file, and what it is for messages.
    image
        nibabel's image.
    shape
        Number of voxels along the axes, after ``orientation``.
    affine
        4x4, voxel to RAS mm, after ``orientation``.
    orientation
        nibabel's, which brings the axes into the order and direction of ``affine``.
    """

    path: str
    what: str
    image: Any
    shape: tuple[int, int, int]
    affine: np.ndarray
    orientation: np.ndarray

    def values(self) -> np.ndarray:
        """Read the first volume with all digits of its scaling, shape (x, y, z).

        Raises
        ------
        UserError
            The file is cut, or holds something else than numbers.
        """
        first = (slice(None),) * 3 + (0,) * (len(self.image.shape) - 3)
        with _told(self.what, self.path):
            data = np.asarray(self.image.dataobj[first])
        if data.dtype.kind not in "biuf":
            raise UserError(
                f"{self.what}: {self.path} holds no real numbers ({data.dtype}). Save it "
                "with one number per voxel."
            )
        turned: np.ndarray = nib.apply_orientation(data, self.orientation)
        return turned


def open_image(
    path: str | Path,
    what: str,
    *,
    turned: bool = True,
    series: bool = False,
    whole: bool = True,
) -> UserImage:
    """Open a user's image and check its header.

    Parameters
    ----------
    path
        The file.
    what
        Whose and which image it is, such as ``sub-01: map``; messages begin with it.
    turned
        Bring the axes into the order and direction closest to RAS. Voxels stay where they
        are in space: programs store the same image in different orders.
    series
        Take the first of several volumes (tissue maps) instead of refusing them.
    whole
        Read a compressed file to its end, where its checksum is; not again where that has
        been done before.

    Raises
    ------
    UserError
        The file is missing, empty, cut, damaged, no image, or no volume with a position in
        space and known sides.
    MachineError
        The disk or the rights do not let it be read.
    """
    with _told(what, path):
        image = nib.load(path)
        shape, affine = image.shape, image.affine
        require_offset(image, f"{what}: {path}")
        if whole and str(path).lower().endswith(GZIPPED):
            read_to_the_end(Path(path))
    several = int(np.prod(shape[3:], dtype=int)) > 1
    if len(shape) < 3 or 0 in shape or (several and not series):
        raise UserError(
            f"{what}: {path} has shape {' x '.join(map(str, shape))}, and one 3D volume is "
            "needed. Name an image of one volume."
        )
    usable = affine is not None and np.isfinite(affine).all()
    if not usable or abs(np.linalg.det(affine[:3, :3])) < 1e-6:
        raise UserError(
            f"{what}: {path} has no valid position in space (its affine cannot be "
            "inverted). Save it again from the program that made it."
        )
    as_stored = np.array([[0, 1], [1, 1], [2, 1]])
    require_place(image, f"{what}: {path}")
    orientation = nib.io_orientation(affine) if turned else as_stored
    x, y, z = (int(shape[axis]) for axis in np.argsort(orientation[:, 0]))
    to_stored = nib.orientations.inv_ornt_aff(orientation, shape[:3])
    return UserImage(str(path), what, image, (x, y, z), affine @ to_stored, orientation)


@contextmanager
def _told(what: str, path: str | Path) -> Iterator[None]:
    """Turn whatever nibabel and the decompressors raise into one message that says the kind."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        fault = None if isinstance(error, MemoryError) else machine_fault(error)
        raise fault or UserError(
            f"{what}: {path} cannot be read as an image ({_reason(Path(path), error)}). Copy "
            "or convert it again."
        ) from None


def _reason(file: Path, error: Exception) -> str:
    if not file.is_file():
        return "there is no such file"
    if file.stat().st_size == 0:
        return "the file is empty"
    own = GZIP if file.name.lower().endswith(GZIPPED) else b""
    with file.open("rb") as opened:
        kind = foreign_kind(opened.read(ENOUGH), own)
    return f"it is {kind}" if kind else f"{error}".split("\n")[0] or "damaged"
