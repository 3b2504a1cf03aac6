"""The voxels of a NIfTI given by the user, and where they lie."""

from pathlib import Path

import numpy as np

from rt1t2.columns import NIFTI
from rt1t2.damage import damage_told, read_to_the_end, require_offset
from rt1t2.errors import UserError
from rt1t2.foreign_files import ENOUGH, GZIP, foreign_kind
from rt1t2.images import voxel_sizes_mm
from rt1t2.nifti import nib
from rt1t2.nifti_place import require_place
from rt1t2.scans.slice_geometry import SHEAR_TOLERANCE_DEG

MAX_VOXELS = 2**31  # a head of 0.2 mm; a damaged header asks for any number
DIFFERENT_MM = 1.0  # sform and qform; what is written with float32 agrees to 0.01
PIXDIM_TOLERANCE = 0.05

Volume = tuple[np.ndarray, np.ndarray]


def read_volume(path: Path, name: str) -> Volume:
    """Read one scalar 3D volume with its numbers as they are; ``name`` is for messages.

    A compressed file is read to its end, where its checksum is.

    Raises
    ------
    UserError
        Damaged, no NIfTI, several volumes, colour or complex numbers.
    """
    unreadable = (
        f"{name} cannot be read as NIfTI ({{error}}). Copy or convert it again."
    )
    with damage_told(unreadable):
        _refuse_other_kinds(path, name)
        image = nib.load(path)
        if np.prod(image.shape, dtype=float) > MAX_VOXELS:
            raise UserError(
                f"{name} is damaged: its header asks for {image.shape} voxels."
            )
        require_offset(image, name)
        data = np.asanyarray(image.dataobj)
        stored = image.get_data_dtype().itemsize * data.size
        offset = image.dataobj.offset
        affine = np.asarray(image.affine, dtype=np.float64)
    damaged = f"{name} is damaged: its checksum is wrong ({{error}}). Copy it again."
    with damage_told(damaged):
        packed = path.name.lower().endswith(NIFTI[1])
        length = read_to_the_end(path) if packed else path.stat().st_size
    if data.size and length - offset - stored >= stored / max(data.shape):
        raise UserError(
            f"{name} is damaged: it holds more voxels than its header says. Copy or convert "
            "it again."
        )
    if data.ndim > 3:
        data = data.reshape(data.shape[:3] + tuple(n for n in data.shape[3:] if n > 1))
    if data.ndim != 3:
        raise UserError(
            f"{name} has {data.ndim} dimensions; a single 3D image is needed."
        )
    if data.dtype.names or not np.isrealobj(data):
        raise UserError(f"{name} is a colour or complex image; a scalar one is needed.")
    if np.issubdtype(data.dtype, np.floating):
        data = data.astype(np.float32)
    return data, affine


def check_placed(path: Path, name: str) -> list[str]:
    """Refuse a NIfTI whose place in space is not told, told twice, or impossible.

    Returns
    -------
    list of str
        Flags: what differs but does not exchange sides.

    Raises
    ------
    UserError
        Neither sform nor qform; opposite sides by one and the other; a shear; not in mm.
    """
    with damage_told(f"{name} cannot be read as NIfTI ({{error}}). Convert it again."):
        image = nib.load(path)
        header, affine = image.header, np.asarray(image.affine, dtype=np.float64)
        sform, qform = header.get_sform(), header.get_qform()
    require_place(image, name)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise UserError(f"{name} has no usable position in space. Convert it again.")
    if (shear := shear_deg(affine)) > SHEAR_TOLERANCE_DEG:
        raise UserError(
            f"{name} is sheared by {shear:.1f} degrees: its voxel axes are not perpendicular, "
            "as after an affine registration. Give the image as scanned."
        )
    flags = []
    if header["sform_code"] and header["qform_code"]:
        corners = _corners(image.shape)
        apart = np.abs(
            nib.affines.apply_affine(sform, corners)
            - nib.affines.apply_affine(qform, corners)
        ).max()
        if apart > DIFFERENT_MM:
            flags.append(f"sform (used) and qform differ by up to {apart:.1f} mm")
    pixdim = np.abs(np.asarray(header["pixdim"][1:4], dtype=float))
    ratio = voxel_sizes_mm(affine) / np.where(pixdim > 0, pixdim, np.nan)
    if (np.abs(ratio - 1) > PIXDIM_TOLERANCE).any():
        flags.append(
            "voxel sizes in the header (pixdim) and in the sform (used) differ"
        )
    return flags


def _refuse_other_kinds(path: Path, name: str) -> None:
    gzip = GZIP if path.name.lower().endswith(NIFTI[1]) else b""
    with path.open("rb") as file:
        kind = foreign_kind(file.read(ENOUGH), own=gzip)
    if kind:
        raise UserError(
            f"{name} cannot be read as NIfTI: it is {kind}. Give the image itself."
        )


def shear_deg(affine: np.ndarray) -> float:
    """Return how far the voxel axes are from perpendicular, in degrees (0 = none)."""
    axes = affine[:3, :3] / voxel_sizes_mm(affine)
    cosines = np.abs(axes.T @ axes - np.eye(3)).max()
    return float(np.degrees(np.arcsin(min(1.0, cosines))))


def _corners(shape: tuple[int, ...]) -> np.ndarray:
    ends = [(0, max(n - 1, 0)) for n in shape[:3]]
    return np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
