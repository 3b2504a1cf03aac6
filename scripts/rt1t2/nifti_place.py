"""Whether a NIfTI header tells left from right, once and in mm."""

from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.nifti import nib

UNITS = {1: "metres", 3: "microns"}  # NIfTI-1, xyzt_units


def require_place(image: Any, name: str) -> None:
    """Refuse a NIfTI whose sides are not told, or told twice and differently, or not in mm.

    Parameters
    ----------
    image
        nibabel's; of another format than NIfTI nothing is asked.
    name
        Of the image, for messages.

    Raises
    ------
    UserError
        Neither sform nor qform; opposite sides by one and the other; metres or microns.
    """
    header = image.header
    if not isinstance(header, nib.Nifti1Header):
        return
    if not header["sform_code"] and not header["qform_code"]:
        raise UserError(
            f"{name} has neither sform nor qform, so left and right cannot be told. Convert "
            "the DICOM again, or set the orientation after checking it."
        )
    if unit := UNITS.get(int(header["xyzt_units"]) & 7):
        raise UserError(
            f"{name} is in {unit} by its header (xyzt_units); mm are needed. Convert it again."
        )
    if header["sform_code"] and header["qform_code"]:
        forms = (header.get_sform(), header.get_qform())
        sides = [np.sign(np.linalg.det(form[:3, :3])) for form in forms]
        if sides[0] != sides[1]:
            raise UserError(
                f"{name} has left and right exchanged between sform and qform. Find out which "
                "is right, and set both alike."
            )
