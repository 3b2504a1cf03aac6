"""The maps and clusters of a comparison, as figure 1 shows them: see :mod:`.contrast_pairs`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.contrasts import MEASURES, entry
from rt1t2.geometry.volume import Volume
from rt1t2.paper.contrast_pairs import ContrastPair
from rt1t2.tables import number

Row = Mapping[str, str]

# How effect sizes are printed
MEASURE_NAMES = {
    "hedges_g": "Hedges g",
    "d_z": "d_z",
    "partial_r": "partial r",
    "partial_eta2": "partial \N{GREEK SMALL LETTER ETA}\N{SUPERSCRIPT TWO}",
}


@dataclass(frozen=True)
class SignedCluster:
    """A row of ``clusters.tsv``, and whether it is positive (1) or negative (-1) on the map."""

    row: Row
    sign: int

    @property
    def peak_mm(self) -> tuple[float, float, float]:
        """Where the peak lies, RAS mm."""
        x, y, z = (number(self.row[f"peak_{axis}_mm"]) for axis in "xyz")
        return x, y, z

    @property
    def t(self) -> float:
        """The peak's t (or F) on the shown map."""
        return self.sign * number(entry(self.row, "peak_t"))

    @property
    def volume_ml(self) -> float:
        """Size."""
        return number(self.row["volume_mm3"]) / 1000

    def p(self, column: str) -> float:
        """Return a p value; NaN where there is none."""
        return number(self.row.get(column, "n/a"))

    @property
    def measure(self) -> str:
        """Which effect size the row has."""
        return next((m for m in MEASURES.values() if m in self.row), "hedges_g")

    @property
    def effect(self) -> tuple[float, float, float]:
        """Effect size at the peak and its limits, the lower one first, on the shown map."""
        names = (self.measure, f"{self.measure}_low", f"{self.measure}_high")
        size, *limits = (self.sign * number(self.row.get(n, "n/a")) for n in names)
        return size, min(limits), max(limits)


@dataclass(frozen=True)
class PairMaps:
    """One comparison.

    Attributes
    ----------
    pair
        What is compared.
    t
        Positive where the first of the two is higher; NaN outside the analysed voxels.
    in_cluster
        Where a cluster of either direction lies (bool), on the grid of ``t``.
    clusters
        Of both directions, the smallest p of the primary test first.
    summary
        Of the contrast whose map is shown.
    """

    pair: ContrastPair
    t: Volume
    in_cluster: np.ndarray
    clusters: Sequence[SignedCluster]
    summary: Mapping[str, Any]

    @property
    def height_t(self) -> float:
        """Threshold of the voxels."""
        return float(entry(self.summary, "height_t"))

    @property
    def extent_ml(self) -> float:
        """Smallest cluster."""
        return float(self.summary["extent_voxels"]) * self.t.voxel_ml

    @property
    def people(self) -> str:
        """How many there are: of the two that are compared, or of each group."""
        both = [self.summary.get(f"n_{side}") for side in ("plus", "minus")]
        if None not in both:
            first, second = both[:: self.pair.sign]
            return f"n = {first} and {second}"
        n = self.summary.get("n") or {}
        return "n = " + (", ".join(f"{k} {v}" for k, v in n.items()) or "n/a")

    @property
    def shown_at_mm(self) -> tuple[float, float, float]:
        """Where the slices are: the first cluster's peak, or the largest absolute t."""
        if self.clusters:
            return self.clusters[0].peak_mm
        size = np.abs(np.nan_to_num(self.t.data))
        voxel = np.unravel_index(int(size.argmax()), size.shape)
        x, y, z = (self.t.affine @ [*voxel, 1])[:3]
        return float(x), float(y), float(z)

    @property
    def largest_t(self) -> float:
        """The value furthest from 0, with its sign; NaN where nothing is defined."""
        values = self.t.data[np.isfinite(self.t.data)]
        return float(values[np.abs(values).argmax()]) if values.size else np.nan


def pair_maps(
    pair: ContrastPair,
    t: Volume,
    labels: Iterable[Volume],
    tables: Mapping[str, Sequence[Row]],
    summary: Mapping[str, Any],
    primary_column: str,
) -> PairMaps:
    """Put together what is shown of a comparison.

    Parameters
    ----------
    pair
        What is compared.
    t
        Of the contrast ``pair.source``.
    labels
        Cluster labels (0 = none) of every contrast of the pair, on the grid of ``t``.
    tables
        Rows of ``clusters.tsv`` by contrast.
    summary
        Of the contrast ``pair.source``.
    primary_column
        Column with the p of the primary test.
    """
    turned = t.canonical
    clusters = [
        SignedCluster(row, sign) for name, sign in pair.tested for row in tables[name]
    ]
    inside = np.zeros(turned.shape, bool)
    for image in labels:
        inside |= image.canonical.data > 0
    return PairMaps(
        pair,
        turned.like(pair.sign * turned.data),
        inside,
        sorted(clusters, key=lambda c: _rank(c, primary_column)),
        summary,
    )


def _rank(cluster: SignedCluster, column: str) -> tuple[float, float]:
    p = cluster.p(column)
    return 2.0 if np.isnan(p) else p, -abs(cluster.t)
