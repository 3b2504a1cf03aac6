"""A measured transmit field (B1+) given by the user: a map, or the pair behind it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import grid_difference, same_grid
from rt1t2.scans.nifti_volume import check_placed, read_volume
from rt1t2.scans.sidecar_header import header_from_sidecar, read_sidecars
from rt1t2.workflow.bids_dataset import applicable_sidecars
from rt1t2.workflow.transmit_files import TransmitFiles

# Longer over shorter repetition time of actual flip-angle imaging; usually 5
AFI_TR_RATIO = (1.5, 20.0)
LONGEST_AFI_TR_S = 2.0
TFL_UNITS_PER_DEG = 10.0
TFL_WORDS = ("tfl_b1", "tfl b1", "flip angle map")


@dataclass(frozen=True)
class MeasuredMap:
    """A transmit field on its own grid.

    Attributes
    ----------
    field
        Flip angles over those prescribed, in units of the field ``scaled`` or, where that is
        false, in units that its values have to tell; NaN where undefined.
    anatomical
        An image of the head on the same grid, if there is one.
    record
        What is known of it.
    flags
        What is doubtful.
    """

    field: Volume
    anatomical: Volume | None
    scaled: bool
    record: dict[str, Any]
    flags: list[str] = dataclasses.field(default_factory=list)


def actual_flip_angle_deg(
    first: np.ndarray, second: np.ndarray, tr_ratio: float
) -> np.ndarray:
    """Return the flip angle of actual flip-angle imaging (Yarnykh 2007, 10.1002/mrm.21120).

    With r = S2 / S1 and n = TR2 / TR1: cos(angle) = (r n - 1) / (n - r).

    Parameters
    ----------
    first, second
        Signals after the shorter and the longer repetition time, one shape.
    tr_ratio
        n.

    Returns
    -------
    np.ndarray
        Degrees, NaN where the signals have no such angle.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        r = second / first
        cosine = (r * tr_ratio - 1) / (tr_ratio - r)
        possible = (first > 0) & (second > 0) & (np.abs(cosine) <= 1)
        angle = np.degrees(np.arccos(np.where(possible, cosine, np.nan)))
    return angle


def read_transmit_map(files: TransmitFiles) -> MeasuredMap:
    """Read a transmit field and turn a pair into a map.

    Raises
    ------
    UserError
        A file cannot be used as an image, the two of a pair do not belong together, or their
        sidecars do not tell what the map is computed from.
    """
    name = f"the transmit map ({files.image})"
    image, fields, flags = _read(Path(files.image), name)
    if files.kind == "TB1map":
        _refuse_flip_angles(fields, name)
        values = np.where(
            np.isfinite(image.data) & (image.data > 0), image.data, np.nan
        )
        return MeasuredMap(image.like(values), None, False, {"Kind": "TB1map"}, flags)
    second, more = None, fields
    if files.partner:
        second, more, doubts = _read(
            Path(files.partner), f"the transmit map's other file ({files.partner})"
        )
        flags = list(dict.fromkeys([*flags, *doubts]))
        _require_one_grid(image, second, name)
    nominal = fields.get("FlipAngle") or more.get("FlipAngle")
    if not nominal:
        raise UserError(
            f"{name} is a {files.kind} whose sidecar does not tell the FlipAngle that was "
            "prescribed. Complete the sidecar, or give a TB1map."
        )
    record: dict[str, Any] = {"Kind": files.kind, "FlipAngleDeg": float(nominal)}
    if files.kind == "TB1TFL":
        angle = image.data / TFL_UNITS_PER_DEG
        angle = np.where(np.isfinite(angle) & (angle > 0), angle, np.nan)
        anatomical = second
    else:
        assert second is not None  # a TB1AFI has both
        trs = _repetition_times_s(fields, more, name)
        shorter, longer = (image, second) if trs[0] < trs[1] else (second, image)
        angle = actual_flip_angle_deg(shorter.data, longer.data, max(trs) / min(trs))
        record["RepetitionTimesS"] = sorted(trs)
        anatomical = shorter
    if anatomical is not None:
        anatomical = anatomical.like(np.nan_to_num(np.maximum(anatomical.data, 0)))
        angle = np.where(anatomical.head, angle, np.nan)
    return MeasuredMap(
        image.like((angle / nominal).astype("f4")), anatomical, True, record, flags
    )


def _read(path: Path, name: str) -> tuple[Volume, Mapping[str, Any], list[str]]:
    data, affine = read_volume(path, name)
    flags = check_placed(path, name)
    fields, more = read_sidecars(applicable_sidecars(path))
    with np.errstate(over="ignore"):
        values = data.astype(np.float32)
    return Volume(values, affine), fields, flags + more


def _require_one_grid(image: Volume, second: Volume, name: str) -> None:
    grids = second.shape, second.affine, image.shape, image.affine
    if not same_grid(*grids, 0.1):
        raise UserError(
            f"{name} and its other file lie on different grids: {grid_difference(*grids)}. "
            "Give both as they were scanned."
        )


def _repetition_times_s(
    fields: Mapping[str, Any], more: Mapping[str, Any], name: str
) -> tuple[float, float]:
    first, second = (float(f.get("RepetitionTime") or 0) for f in (fields, more))
    low, high = AFI_TR_RATIO
    shorter, longer = sorted((first, second))
    if not (
        0 < shorter and longer < LONGEST_AFI_TR_S and low <= longer / shorter <= high
    ):
        raise UserError(
            f"{name} is a TB1AFI whose sidecars give the repetition times {first:g} and "
            f"{second:g} s. The map is computed from the two times between pulses, such as 0.02 "
            "and 0.1 s. Correct RepetitionTime in the sidecars, or give a TB1map."
        )
    return first, second


def _refuse_flip_angles(fields: Mapping[str, Any], name: str) -> None:
    """Refuse flip angles in tenths of a degree, which look like a map in per mille."""
    header = header_from_sidecar(dict(fields))
    words = " ".join([header.get("text", ""), *header.get("ImageType", ())]).lower()
    if any(word in words for word in TFL_WORDS):
        raise UserError(
            f"{name} holds flip angles by its sidecar, not a map relative to the flip angle that "
            "was prescribed. Name it as BIDS does, acq-famp and TB1TFL, with FlipAngle in its "
            "sidecar; or divide it yourself, and give it as a TB1map with a sidecar of its own."
        )
