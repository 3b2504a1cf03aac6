"""From one DICOM series, or one NIfTI file, to voxels, affine and acquisition fields."""

import logging
import subprocess
from pathlib import Path
from typing import Any

import dcm2niix
import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.grids import same_voxels
from rt1t2.images import sidecar
from rt1t2.nifti import nib
from rt1t2.records import read_json
from rt1t2.scans.acquisition import from_series, permitted
from rt1t2.scans.dicom_series import Series

GEOMETRY_TOLERANCE_MM = 0.1

log = logging.getLogger("rt1t2")

Converted = tuple[np.ndarray, np.ndarray, dict[str, Any]]


def convert_series(series: Series, scratch: Path) -> Converted:
    """Convert one DICOM series with dcm2niix, and compare the result with the headers.

    Parameters
    ----------
    series
        Nothing but its own files is given to the converter.
    scratch
        An empty folder for the converter.

    Returns
    -------
    data, affine, entries
        Voxels (whole numbers where no rescaling applies, else float32), voxel to scanner
        RAS mm, BIDS sidecar entries.

    Raises
    ------
    UserError
        The slices form no volume, their scaling differs in a way that the converter gets
        wrong, the converter fails, makes more or less than one volume,
        or the volume's shape or position differs from the slices' own headers.
    """
    if series.problem or series.geometry.affine is None:
        problem = series.problem or "no volume"
        raise UserError(f"{series.name} cannot be converted: {problem}.")
    volumes = run_converter(series.files, scratch)
    if not volumes:
        raise UserError(
            f"{series.name} cannot be converted: dcm2niix made no image. Its files may be "
            "damaged or compressed in an unknown way; export the series again."
        )
    if len(volumes) > 1:
        raise UserError(
            f"{series.name} becomes {len(volumes)} images instead of one: its slices are "
            "uneven, tilted or of several kinds. Export the series again, or give a NIfTI."
        )
    data, affine = read_volume(volumes[0], series.name)
    headers = series.geometry.shape, series.geometry.affine
    if not same_voxels(data.shape, affine, *headers, GEOMETRY_TOLERANCE_MM):
        raise UserError(
            f"{series.name} cannot be converted: the image ({_shape(data)}) does not lie "
            f"where the slices' headers say ({_shape(series.geometry.shape)}). Files may be "
            "damaged: export the series again, or convert it by hand, check left and right, "
            "and give the NIfTI."
        )
    entries = from_series(series, read_json(sidecar(volumes[0])))
    return data, affine, entries


def run_converter(files: list[Path], scratch: Path) -> list[Path]:
    """Give DICOM files, and nothing else, to dcm2niix; return the NIfTI files it made.

    Parameters
    ----------
    files
        Of one series.
    scratch
        An empty folder for the converter.
    """
    dicom, nifti = scratch / "dicom", scratch / "nifti"
    dicom.mkdir(parents=True)
    nifti.mkdir()
    for number, path in enumerate(files):
        (dicom / f"{number:06d}.dcm").symlink_to(path.resolve())
    # -g i: no settings from a user's home; -p y: Philips' precise scaling
    options = "-g i -b y -ba y -z n -i n -x n -p y -l o -f image".split()
    # its messages can quote the header, so they go nowhere
    subprocess.run(
        [dcm2niix.bin, *options, "-o", nifti, dicom],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return sorted(nifti.glob("*.nii"))


def read_nifti(path: Path) -> Converted:
    """Read a NIfTI given by the user, with the permitted fields of a sidecar beside it.

    Raises
    ------
    UserError
        Not readable, not one scalar volume, or without a position in space, so that left
        and right cannot be told.
    """
    data, affine = read_volume(path, str(path))
    header = nib.load(path).header
    if not header["sform_code"] and not header["qform_code"]:
        raise UserError(
            f"{path} has neither sform nor qform, so left and right cannot be told. Convert "
            "the DICOM again, or set the orientation after checking it."
        )
    beside = sidecar(path)
    try:
        fields = read_json(beside) if beside.exists() else {}
    except ValueError:
        fields = {}
    return data, affine, permitted(fields if isinstance(fields, dict) else {})


def read_volume(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Read one scalar 3D volume with its numbers as they are; ``name`` is for messages."""
    try:
        image = nib.load(path)
        data = np.asanyarray(image.dataobj)
    except (nib.filebasedimages.ImageFileError, OSError, EOFError, ValueError) as error:
        raise UserError(
            f"{name} cannot be read as NIfTI ({type(error).__name__}). Copy or convert it "
            "again."
        ) from None
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
    return data, image.affine


def _shape(data: np.ndarray | tuple[int, ...]) -> str:
    shape = data.shape if isinstance(data, np.ndarray) else data
    return " x ".join(str(n) for n in shape)
