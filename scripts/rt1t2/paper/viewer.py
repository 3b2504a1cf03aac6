"""The viewer: maps, packed small enough that one page holds them all and opens offline.

The page draws with NiiVue (resources/viewer); without WebGL 2 it shows figure 1 instead.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.contrasts import GROUPS, both_directions, kind_of
from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.nifti import nib
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.qc.metrics import number
from rt1t2.significance import ALPHA, printed_p

NIIVUE = Path(__file__).resolve().parents[3] / "resources/viewer/niivue.umd.js"
NIIVUE_SHA256 = "47b896b77ec4a5be3ef1949c33ad393b6f45629921f326c279000bcf51bdb4af"
FINEST_MM = 2.0  # smoothed maps hold nothing finer, and eight times the page
HEADER_BYTES = 352


@dataclass(frozen=True)
class Kind:
    """What a map of a pair of groups shows.

    Attributes
    ----------
    file
        Name of the image below ``results/group/<contrast>/``.
    title
        On the page.
    step
        Values are kept to this precision.
    low, high
        Range of the colours; None: the height threshold, and the largest value.
    inverse
        Whether 1 minus the value is shown.
    """

    file: str
    title: str
    step: float
    low: float | None
    high: float | None
    inverse: bool = False


LOG_BF10, ONE_MINUS_P = "log₁₀ BF₁₀", "1 \N{MINUS SIGN} p(FWE, extent)"
KINDS = (
    Kind("t.nii.gz", "t", 0.01, None, None),
    Kind("hedges_g.nii.gz", "Hedges g", 0.02, 0.8, None),
    Kind("log10_bf10.nii.gz", LOG_BF10, 0.02, 0.5, None),
    Kind("permutation_cluster_p.nii.gz", ONE_MINUS_P, 0.001, 1 - ALPHA, 1.0, True),
)  # fmt: skip


@dataclass(frozen=True)
class ShownMap:
    """One map as the page's script takes it: see :class:`Kind`; ``data`` is a NIfTI in base64."""

    title: str
    low: float
    high: float
    data: str


@dataclass(frozen=True)
class Pair:
    """Two groups: their maps, and a button for every cluster of both directions.

    Attributes
    ----------
    title
        For the menu.
    warm, cold
        Which sign the colours mean.
    maps
        One of each kind.
    buttons
        ``mm`` (three numbers) and ``text`` of every cluster, highest peak first.
    """

    title: str
    warm: str
    cold: str
    maps: Sequence[ShownMap]
    buttons: Sequence[Mapping[str, Any]]


def packed(volume: Volume, step: float, at_mm: Sequence[float] | None = None) -> str:
    """Return a map as a gzipped NIfTI-1 of 16-bit integers in base64; the same bytes each time.

    Parameters
    ----------
    volume
        Shape (x, y, z). NaN becomes 0, which the page does not draw.
    step
        Precision of the values.
    at_mm
        A point whose voxel is kept where the map is thinned out to ``FINEST_MM``.
    """
    stride = max(1, round(FINEST_MM / float(volume.voxel_mm.min())))
    start = np.zeros(3, int)
    if at_mm is not None:
        voxel = np.linalg.inv(volume.affine) @ [*at_mm, 1]
        start = np.rint(voxel[:3]).astype(int) % stride
    x, y, z = (slice(first, None, stride) for first in start)
    affine = volume.affine.copy()
    affine[:3, 3] += volume.affine[:3, :3] @ start
    affine[:3, :3] *= stride
    values = np.rint(np.nan_to_num(volume.data[x, y, z]) / step).astype(np.int16)
    header = nib.Nifti1Image(values, affine).header
    header["scl_slope"], header["scl_inter"] = step, 0
    header["vox_offset"] = HEADER_BYTES
    content = header.binaryblock.ljust(HEADER_BYTES, b"\0") + values.tobytes("F")
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def cluster_buttons(
    tables: Iterable[Sequence[Mapping[str, str]]], primary: PrimaryTest
) -> list[dict[str, Any]]:
    """Return where each cluster's peak is and what its button says.

    ``tables``: the rows of ``clusters.tsv`` of both directions; t of the second is negative.
    """
    buttons = []
    for sign, rows in zip((1, -1), tables, strict=False):
        for row in rows:
            mm = [number(row[f"peak_{axis}_mm"]) for axis in "xyz"]
            t = sign * number(row["peak_t"])
            where = ", ".join(f"{value:.0f}" for value in mm)
            label = row.get("label", "n/a")
            text = (
                f"({where}) mm, t {t:.2f}, {number(row['volume_mm3']) / 1000:.2f} ml, "
                f"p(FWE) {printed_p(number(row.get(primary.column, 'n/a')), '')}"
                f"{'' if label == 'n/a' else f', {label}'}"
            )
            text = text.replace("-", "\N{MINUS SIGN}") if label == "n/a" else text
            buttons.append({"mm": mm, "text": text, "t": t})
    return sorted(buttons, key=lambda button: -abs(button["t"]))


def shown_maps(
    volumes: Sequence[Volume], height_t: float, at_mm: Sequence[float] | None
) -> list[ShownMap]:
    """Pack one map of each of KINDS; p becomes 1 - p, so that large is always much."""
    shown = []
    for kind, volume in zip(KINDS, volumes, strict=True):
        if kind.inverse:
            volume = volume.like(1 - volume.data)
        largest = np.nanmax(np.abs(volume.data), initial=0)
        low = height_t if kind.low is None else kind.low
        high = max(float(largest), 1.1 * low) if kind.high is None else kind.high
        fine = volume.voxel_mm.min() < FINEST_MM
        data = packed(volume, kind.step, at_mm if fine else None)
        shown.append(ShownMap(kind.title, round(low, 3), round(high, 3), data))
    return shown


def pairs(
    contrasts: Iterable[Mapping[str, Any]],
    names: Mapping[str, str],
    volumes: Mapping[str, Sequence[Volume]],
    tables: Mapping[str, Sequence[Mapping[str, str]]],
    heights: Mapping[str, float],
    primary: PrimaryTest,
) -> list[Pair]:
    """Gather what is shown of every two groups: the first contrast of each pair, no others.

    Parameters
    ----------
    contrasts
        Of the config, in its order.
    names
        Printed names of the groups.
    volumes
        Contrast -> one map of each of KINDS; none of the second direction.
    tables, heights
        Contrast -> rows of ``clusters.tsv``, and the height threshold of t.
    primary
        Whose p stands on the buttons.
    """
    found = []
    directions: dict[Any, list[Mapping[str, Any]]] = {}
    for contrast in contrasts:
        if kind_of(contrast) == GROUPS:
            directions.setdefault(both_directions(contrast), []).append(contrast)
    for first, *others in directions.values():
        plus, minus = (names.get(first[s], first[s]) for s in ("plus", "minus"))
        of_both = [tables[contrast["name"]] for contrast in (first, *others[:1])]
        buttons = cluster_buttons(of_both, primary)
        peak = buttons[0]["mm"] if buttons else None
        maps = shown_maps(volumes[first["name"]], heights[first["name"]], peak)
        title = f"{plus} \N{MINUS SIGN} {minus}"
        found.append(Pair(title, f"{plus} higher", f"{minus} higher", maps, buttons))
    return found


def mean_map(paths: Iterable[str]) -> Volume:
    """Return the mean of maps on one grid, each read once; NaN where nobody has a value."""
    total, count, affine = np.zeros(0), np.zeros(0), np.eye(4)
    for path in paths:
        one = Volume.load(path)
        if not total.size:
            total, count = np.zeros(one.shape), np.zeros(one.shape)
            affine = one.affine
        known = np.isfinite(one.data)
        total[known] += one.data[known]
        count += known
    with np.errstate(invalid="ignore"):
        return Volume((total / count).astype(np.float32), affine)


def mean_maps(maps: Mapping[str, Sequence[str]]) -> list[ShownMap]:
    """Pack the mean ratio of every group: printed name -> its maps; one range for all."""
    means = {name: mean_map(paths) for name, paths in maps.items()}
    defined = [mean.data[np.isfinite(mean.data)] for mean in means.values()]
    values = np.concatenate([*defined, np.zeros(0)])
    low, high = np.percentile(values, (2, 99.5)) if values.size else (0.0, 1.0)
    step = float(high) / 250 or 0.001
    return [
        ShownMap(
            f"mean ratio, {name}", round(float(low), 4), round(float(high), 4), data
        )
        for name, data in ((name, packed(mean, step)) for name, mean in means.items())
    ]


def page_data(
    template_t1w: Volume, pairs: Sequence[Pair], means: Sequence[ShownMap]
) -> str:
    """Return what the page's script reads: JSON without a character that ends a script."""
    top = float(np.percentile(template_t1w.data[template_t1w.data > 0], 99.5))
    content = {
        "template": packed(template_t1w, top / 250),
        "top": top,
        "pairs": [asdict(pair) for pair in pairs],
        "means": [asdict(mean) for mean in means],
    }
    return json.dumps(content, sort_keys=True).replace("<", "\\u003c")


def drawing_script() -> str:
    """Return NiiVue's code, checked, as it can stand inside a page.

    Raises
    ------
    UserError
        The file is not the one that is known.
    """
    code = NIIVUE.read_bytes()
    if hashlib.sha256(code).hexdigest() != NIIVUE_SHA256:
        raise UserError(
            f"{NIIVUE.name} is not the version that is known. Take it from the repository."
        )
    return code.decode().replace("</script", "<\\/script")
