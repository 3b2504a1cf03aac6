"""From one DICOM series to voxels, affine and acquisition fields."""

import logging
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import dcm2niix
import numpy as np

from rt1t2.errors import UserError, machine_fault
from rt1t2.geometry.grids import same_voxels
from rt1t2.images import sidecar
from rt1t2.scans.acquisition import from_series
from rt1t2.scans.dicom_headers import pixels_fit
from rt1t2.scans.dicom_series import Series
from rt1t2.scans.header_fields import Header
from rt1t2.scans.nifti_volume import read_volume
from rt1t2.scans.sidecar_header import read_sidecars

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
    if misfits := sum(not pixels_fit(path) for path in series.files):
        raise UserError(
            f"{series.name} cannot be converted: {misfits} of {len(series.files)} files hold "
            "more or fewer pixels than their headers say. They are damaged: export the "
            "series again."
        )
    volumes = run_converter(series.files, scratch, merge=series.times_vary)
    if not volumes:
        _require_space(scratch, series)
        raise UserError(
            f"{series.name} cannot be converted: dcm2niix made no image. Its files may be "
            "damaged or compressed in an unknown way; export the series again."
        )
    if len(volumes) > 1:
        raise UserError(
            f"{series.name} becomes {len(volumes)} images instead of one: its slices are "
            "uneven, tilted or of several kinds. Export the series again, or give a NIfTI."
        )
    try:
        data, affine = read_volume(volumes[0], series.name)
    except UserError:
        _require_space(scratch, series)
        raise
    headers = series.geometry.shape, series.geometry.affine
    if not same_voxels(data.shape, affine, *headers, GEOMETRY_TOLERANCE_MM):
        raise UserError(
            f"{series.name} cannot be converted: the image ({_shape(data)}) does not lie "
            f"where the slices' headers say ({_shape(series.geometry.shape)}). Files may be "
            "damaged: export the series again, or convert it by hand, check left and right, "
            "and give the NIfTI."
        )
    entries = from_series(series, read_sidecars([sidecar(volumes[0])])[0])
    data, n_padded = without_padding(data, series.header)
    return data, affine, entries | ({"PaddedVoxels": n_padded} if n_padded else {})


def without_padding(data: np.ndarray, header: Header) -> tuple[np.ndarray, int]:
    """Set the voxels that a header calls padding to 0, as unscanned ones are elsewhere.

    Parameters
    ----------
    data
        Voxels after rescaling.
    header
        ``PixelPaddingValue`` and ``PixelPaddingRangeLimit`` in stored values, with the scaling
        of all slices.

    Returns
    -------
    data, n_padded
        The same array where nothing is padded.
    """
    value = header.get("PixelPaddingValue", 0.0)
    if not value:
        return data, 0
    ends = [value, header.get("PixelPaddingRangeLimit", value)]
    slope, intercept = (
        header.get("RescaleSlope", 1.0),
        header.get("RescaleIntercept", 0.0),
    )
    scale = header.get("PhilipsScaleSlope")
    padded = np.zeros(data.shape, bool)
    for wrapped in (0, 2**16):  # written unsigned where the pixels are signed
        stored = np.array(sorted(ends)) - wrapped
        shown = stored / scale if scale else stored * slope + intercept
        low, high = shown - np.array([0.5, -0.5]) * abs(1 / scale if scale else slope)
        padded |= (data > low) & (data < high)
    if not padded.any():
        return data, 0
    return np.where(padded, 0, data).astype(data.dtype), int(padded.sum())


def _require_space(scratch: Path, series: Series) -> None:
    """Tell a converter that failed on a full disk from one that failed on the files.

    Raises
    ------
    MachineError
        A file of the image's size finds no place beside its output.
    """
    n_bytes = 4 * int(np.prod(series.geometry.shape))
    try:
        with tempfile.TemporaryFile(dir=scratch) as probe:
            os.posix_fallocate(probe.fileno(), 0, max(n_bytes, 1))
    except OSError as error:
        if fault := machine_fault(error):
            raise fault from None


def run_converter(files: list[Path], scratch: Path, merge: bool = False) -> list[Path]:
    """Give DICOM files, and nothing else, to dcm2niix; return the NIfTI files it made.

    Parameters
    ----------
    files
        Of one series.
    scratch
        An empty folder for the converter.
    merge
        The files are one image although the converter would tell their echo times apart.
    """
    dicom, nifti = scratch / "dicom", scratch / "nifti"
    dicom.mkdir(parents=True)
    nifti.mkdir()
    for number, path in enumerate(files):
        (dicom / f"{number:06d}.dcm").symlink_to(path.resolve())
    # -g i: no settings from a user's home; -p y: Philips' precise scaling
    options = "-g i -b y -ba y -z n -i n -x n -p y -l o -f image".split()
    options += ["-m", "y"] if merge else []
    # its messages can quote the header, so they go nowhere
    subprocess.run(
        [dcm2niix.bin, *options, "-o", nifti, dicom],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return sorted(nifti.glob("*.nii"))


def _shape(data: np.ndarray | tuple[int, ...]) -> str:
    shape = data.shape if isinstance(data, np.ndarray) else data
    return " x ".join(str(n) for n in shape)
