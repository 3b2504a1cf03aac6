"""One file of a measured transmit field (B1+), from where the user has it to the raw data set."""

from pathlib import Path

from rt1t2.errors import UserError
from rt1t2.scans.header_fields import Header
from rt1t2.scans.nifti_source import read_nifti
from rt1t2.scans.raw_image import RawImage

TFL_WORDS = ("tfl_b1", "tfl b1", "flip angle map")


def read_transmit_image(path: Path, kind: str) -> RawImage:
    """Read a map, or an image of a pair, and what its sidecars tell.

    Parameters
    ----------
    path
        A NIfTI file.
    kind
        ``TB1map``, ``TB1AFI`` or ``TB1TFL``.

    Returns
    -------
    data, affine, entries
        Voxels as they are, voxel to scanner RAS mm, and the permitted sidecar entries with
        ``Flags``. The time between two pulses of a ``TB1AFI`` (s) is ``RepetitionTimeExcitation``
        there, as BIDS wants, also where its sidecar has ``RepetitionTime`` alone.

    Raises
    ------
    UserError
        Not usable as an image; flip angles under the name of a map.
    """
    data, affine, entries, header = read_nifti(path)
    if kind == "TB1map":
        _refuse_flip_angles(header, f"the transmit map ({path})")
    if kind == "TB1AFI" and "RepetitionTime" in entries:
        entries.setdefault("RepetitionTimeExcitation", entries["RepetitionTime"])
    return data, affine, entries | {"SourceKind": "nifti"}


def _refuse_flip_angles(header: Header, name: str) -> None:
    """Refuse flip angles in tenths of a degree, which look like a map in per mille."""
    words = " ".join([header.get("text", ""), *header.get("ImageType", ())]).lower()
    if any(word in words for word in TFL_WORDS):
        raise UserError(
            f"{name} holds flip angles by its sidecar, not a map relative to the flip angle that "
            "was prescribed. Name it as BIDS does, acq-famp and TB1TFL, with FlipAngle in its "
            "sidecar; or divide it yourself, and give it as a TB1map with a sidecar of its own."
        )
