"""A measured transmit field (B1+) of the raw data set: a map, or the pair behind it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import grid_difference, same_grid, sidecar
from rt1t2.records import read_json
from rt1t2.workflow.bids_dataset import parse_name

# Longer over shorter repetition time of actual flip-angle imaging; usually 5
AFI_TR_RATIO = (1.5, 20.0)
LONGEST_AFI_TR_S = 2.0
TFL_UNITS_PER_DEG = 10.0


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


def read_transmit_map(paths: Sequence[str], name: str) -> MeasuredMap:
    """Read a transmit field of the raw data set and turn a pair into a map.

    Parameters
    ----------
    paths
        Its images under their BIDS names, as
        :meth:`~rt1t2.workflow.transmit_files.TransmitFiles.by_bids_name` orders them.
    name
        Of the map, for messages.

    Raises
    ------
    UserError
        The two of a pair do not belong together, or their sidecars do not tell what the map is
        computed from.
    """
    kind = parse_name(Path(paths[0]).name).suffix
    (image, fields), *others = [(Volume.load(p), read_json(sidecar(p))) for p in paths]
    flags = list(fields["Flags"])
    if kind == "TB1map":
        values = np.where(
            np.isfinite(image.data) & (image.data > 0), image.data, np.nan
        )
        return MeasuredMap(image.like(values), None, False, {"Kind": kind}, flags)
    second, more = others[0] if others else (None, fields)
    if second is not None:
        flags = list(dict.fromkeys([*flags, *more["Flags"]]))
        _require_one_grid(image, second, name)
    nominal = fields.get("FlipAngle") or more.get("FlipAngle")
    if not nominal:
        raise UserError(
            f"{name} is a {kind} whose sidecar does not tell the FlipAngle that was "
            "prescribed. Complete the sidecar, or give a TB1map."
        )
    record: dict[str, Any] = {"Kind": kind, "FlipAngleDeg": float(nominal)}
    if kind == "TB1TFL":
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
    first, second = (
        float(f.get("RepetitionTimeExcitation") or 0) for f in (fields, more)
    )
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
