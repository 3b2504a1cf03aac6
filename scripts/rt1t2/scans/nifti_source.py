"""A NIfTI given by the user: its voxels, where they lie, and what its sidecars tell."""

from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.scans.acquisition import permitted
from rt1t2.scans.header_facts import fat_suppressed, normalised_by_scanner
from rt1t2.scans.header_fields import Header
from rt1t2.scans.nifti_volume import check_placed, read_volume
from rt1t2.scans.sidecar_header import header_from_sidecar, read_sidecars
from rt1t2.workflow.bids_dataset import applicable_sidecars


def read_nifti(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, Any], Header]:
    """Read a NIfTI given by the user, and what its sidecars tell.

    Returns
    -------
    data, affine, entries, header
        Voxels, voxel to RAS mm, the permitted sidecar fields with ``Flags``, and the header
        that the sidecars stand for, which may hold free text.

    Raises
    ------
    UserError
        Not readable, not one scalar volume, or not clearly placed in space.
    """
    data, affine = read_volume(path, str(path))
    flags = check_placed(path, str(path))
    fields, more = read_sidecars(applicable_sidecars(path))
    header = header_from_sidecar(fields, path.name)
    entries = permitted(fields)
    if (norm := normalised_by_scanner(header)) != "unknown":
        entries["ScannerIntensityNormalisation"] = norm
    if (suppressed := fat_suppressed(header)) or "ScanOptions" in header:
        entries["FatSuppression"] = suppressed
    return data, affine, entries | {"Flags": flags + more}, header
