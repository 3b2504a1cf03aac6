"""Images that users hand in: whatever may be wrong with such a file is told in one place."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.nifti import nib

# What nibabel and the decompressors raise for files that are empty, cut or something else.
UNREADABLE = (
    *(OSError, EOFError, ValueError, OverflowError, zlib.error),
    *(nib.filebasedimages.ImageFileError, nib.spatialimages.HeaderDataError),
)
# By the first bytes of files that are often saved under the name of an image.
OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"<", "a web page"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)


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
        try:
            data = np.asarray(self.image.dataobj[first])
        except UNREADABLE as error:
            raise _unreadable(self.what, self.path, error) from error
        if data.dtype.kind not in "biuf":
            raise UserError(
                f"{self.what}: {self.path} holds no real numbers ({data.dtype}). Save it "
                "with one number per voxel."
            )
        turned: np.ndarray = nib.apply_orientation(data, self.orientation)
        return turned


def open_image(
    path: str | Path, what: str, *, turned: bool = True, series: bool = False
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

    Raises
    ------
    UserError
        The file is missing, empty, cut, no image, or no volume with a position in space.
    """
    try:
        image = nib.load(path)
        shape, affine = image.shape, image.affine
    except UNREADABLE as error:
        raise _unreadable(what, path, error) from error
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
    orientation = nib.io_orientation(affine) if turned else as_stored
    x, y, z = (int(shape[axis]) for axis in np.argsort(orientation[:, 0]))
    to_stored = nib.orientations.inv_ornt_aff(orientation, shape[:3])
    return UserImage(str(path), what, image, (x, y, z), affine @ to_stored, orientation)


def _unreadable(what: str, path: str | Path, error: Exception) -> UserError:
    file = Path(path)
    if not file.is_file():
        reason = "there is no such file"
    elif file.stat().st_size == 0:
        reason = "the file is empty"
    else:
        with file.open("rb") as opened:
            start = opened.read(64).lstrip()
        kinds = [kind for first, kind in OTHER_KINDS if start.startswith(first)]
        reason = f"it is {kinds[0]}" if kinds else f"{error}".split("\n")[0]
    return UserError(
        f"{what}: {path} cannot be read as an image ({reason}). Copy or convert it again."
    )
