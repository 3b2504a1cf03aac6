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

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.nifti import nib
from rt1t2.paper.contrast_pairs import ContrastPair
from rt1t2.paper.pair_maps import MEASURE_NAMES, PairMaps, SignedCluster
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.significance import ALPHA, printed_p

NIIVUE = Path(__file__).resolve().parents[3] / "resources/viewer/niivue.umd.js"
NIIVUE_SHA256 = "47b896b77ec4a5be3ef1949c33ad393b6f45629921f326c279000bcf51bdb4af"
FINEST_MM = 2.0  # smoothed maps hold nothing finer, and eight times the page
HEADER_BYTES = 352


@dataclass(frozen=True)
class Kind:
    """What a map of a comparison shows.

    Attributes
    ----------
    title
        On the page.
    step
        Values are kept to this precision.
    low, high
        Range of the colours; None: the largest value.
    warm, cold
        What positive and negative values mean; None: the directions of the comparison.
    """

    title: str
    step: float
    low: float
    high: float | None
    warm: str | None = None
    cold: str | None = None


# A large effect (Cohen 1988, 10.4324/9780203771587), where the colours begin
LARGE = {"hedges_g": 0.8, "d_z": 0.8, "partial_r": 0.5, "partial_eta2": 0.14}
LOG_BF10 = Kind(
    *("log₁₀ BF₁₀", 0.02, 0.5, None),
    *("evidence for an effect in either direction", "evidence for none"),
)
ONE_MINUS_P = Kind(
    *("1 \N{MINUS SIGN} p(FWE, extent)", 0.001, 1 - ALPHA, 1.0),
    *("clusters of either direction, by permutation", ""),
)


@dataclass(frozen=True)
class ShownMap:
    """One map as the page's script takes it: see :class:`Kind`; ``data`` is a NIfTI in base64."""

    title: str
    low: float
    high: float
    data: str
    warm: str = ""
    cold: str = ""


@dataclass(frozen=True)
class ShownPair:
    """A comparison: its maps, and a button for every cluster of both directions.

    Attributes
    ----------
    title
        For the menu.
    maps
        Statistic, effect size, Bayes factor and corrected p.
    buttons
        ``mm`` (three numbers) and ``text`` of every cluster, as figure 1 orders them.
    """

    title: str
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
    if at_mm is not None and stride > 1:
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


def shown_pair(
    maps: PairMaps,
    measure: str,
    effect: Volume,
    log10_bf10: Volume,
    p: Volume,
    names: Mapping[str, str],
    primary: PrimaryTest,
) -> ShownPair:
    """Pack the maps of a comparison.

    Parameters
    ----------
    maps
        Of the comparison, as figure 1 shows it.
    measure
        Name of its effect size, such as ``hedges_g``.
    effect, log10_bf10, p
        Of the contrast ``maps.pair.source``: effect size, Bayes factor, and p of the extent by
        permutation, which is shown as 1 - p, so that large is always much.
    names
        Printed names of the groups.
    primary
        Whose p stands on the buttons.
    """
    pair = maps.pair
    at_mm = maps.clusters[0].peak_mm if maps.clusters else None
    turned = effect.like(pair.sign * effect.data)
    kinds = [
        (Kind(pair.statistic, 0.01, maps.height_t, None), maps.t),
        (Kind(MEASURE_NAMES[measure], 0.01, LARGE[measure], None), turned),
        (LOG_BF10, log10_bf10),
        (ONE_MINUS_P, p.like(1 - p.data)),
    ]
    directions = (
        meaning(pair, 1, names),
        "" if pair.statistic == "F" else meaning(pair, -1, names),
    )
    return ShownPair(
        pair.title(names),
        [shown_map(kind, of, directions, at_mm) for kind, of in kinds],
        [cluster_button(cluster, pair.statistic, primary) for cluster in maps.clusters],
    )


def meaning(pair: ContrastPair, sign: int, names: Mapping[str, str]) -> str:
    """Say what positive (1) or negative (-1) values mean, with the groups' printed names."""
    if not pair.higher:
        return pair.words[0 if sign > 0 else -1]
    level = pair.higher if sign > 0 else pair.lower
    name = names.get(level, level)
    return f"slope of {pair.slope} larger in {name}" if pair.slope else f"{name} higher"


def shown_map(
    kind: Kind,
    volume: Volume,
    directions: tuple[str, str],
    at_mm: Sequence[float] | None,
) -> ShownMap:
    """Pack a map with the range of its colours and what they mean."""
    largest = float(np.nanmax(np.abs(volume.data), initial=0))
    high = max(largest, 1.1 * kind.low) if kind.high is None else kind.high
    warm, cold = (
        general if own is None else own
        for own, general in zip((kind.warm, kind.cold), directions, strict=True)
    )
    data = packed(volume, kind.step, at_mm)
    return ShownMap(kind.title, round(kind.low, 3), round(high, 3), data, warm, cold)


def cluster_button(
    cluster: SignedCluster, statistic: str, primary: PrimaryTest
) -> dict[str, Any]:
    """Return where a cluster's peak is and what its button says."""
    where = ", ".join(f"{value:.0f}" for value in cluster.peak_mm)
    label = cluster.row.get("label", "n/a")
    text = (
        f"({where}) mm, {statistic} {cluster.t:.2f}, {cluster.volume_ml:.2f} ml, "
        f"p(FWE) {printed_p(cluster.p(primary.column), '')}"
    ).replace("-", "\N{MINUS SIGN}")
    return {
        "mm": list(cluster.peak_mm),
        "text": text if label == "n/a" else f"{text}, {label}",
    }


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
    template_t1w: Volume, pairs: Sequence[ShownPair], means: Sequence[ShownMap]
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
