"""The ratio of atlas regions in a participant's own space, unsmoothed, weighted by tissue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from rt1t2.geometry.displacement import displacements_at
from rt1t2.geometry.inverse_warp import template_points
from rt1t2.geometry.transforms import apply
from rt1t2.tables import described

Tissue = Literal["GM", "WM", "brain"]
TISSUES = "tissues"  # the name of the atlas whose regions are the tissues themselves
DEEP = "deep grey matter"
# Words in the names of regions that GM alone would not weigh as they are
OF_OTHER_TISSUE: dict[str, Tissue] = {
    "white matter": "WM",
    "brain stem": "brain",
    "brainstem": "brain",
    "ventral dc": "brain",
}
# Words in the names of regions that together are the deep grey matter
DEEP_WORDS = ("caudate", "putamen", "pallidum", "thalamus", "accumbens")


@dataclass(frozen=True)
class RegionAtlas:
    """A label image in template space.

    Attributes
    ----------
    name
        As in the configuration.
    labels, affine
        Label image (x, y, z), 0 is no region; voxel to RAS mm.
    names
        Name of each label.
    tissue
        Whose probability weights the voxels: GM, WM, or both.
    """

    name: str
    labels: np.ndarray
    affine: np.ndarray
    names: Mapping[int, str]
    tissue: Tissue = "GM"


@dataclass(frozen=True)
class Way:
    """The way between template and participant.

    Attributes
    ----------
    displacement, field_affine
        Field (x, y, z, 3) in RAS mm on the template, and its voxel to RAS mm.
    template_to_source
        4x4 matrix that follows the displacement: RAS mm to RAS mm.
    source_affine
        Voxel to RAS mm of the participant's image.
    points_mm
        Template RAS mm of the voxels to look at, shape (n, 3); NaN outside the field.
    """

    displacement: np.ndarray
    field_affine: np.ndarray
    template_to_source: np.ndarray
    source_affine: np.ndarray
    points_mm: np.ndarray

    @classmethod
    def to_template(
        cls,
        displacement: np.ndarray,
        field_affine: np.ndarray,
        template_to_source: np.ndarray,
        source_affine: np.ndarray,
        inside: np.ndarray,
    ) -> "Way":
        """Find the template point of every voxel ``inside`` (bool, on the source's grid)."""
        mm = apply(source_affine, np.argwhere(inside))
        field = displacement, field_affine, template_to_source
        return cls(*field, source_affine, template_points(mm, *field))

    def source_voxels(self, template_mm: np.ndarray) -> np.ndarray:
        """Return the participant's voxel of template points (n, 3); NaN outside the field."""
        at = apply(np.linalg.inv(self.field_affine), template_mm)
        moved = template_mm + displacements_at(self.displacement, at, np.nan)
        to_voxel = np.linalg.inv(self.source_affine) @ self.template_to_source
        return apply(to_voxel, moved)


@dataclass(frozen=True)
class NativeRatio:
    """What regions are measured in: images of one participant on one grid.

    Attributes
    ----------
    ratio
        NaN where undefined, shape (x, y, z).
    tissue
        Probability of GM and WM.
    lesion
        bool; left out everywhere.
    voxel_mm3
        Volume of a voxel.
    """

    ratio: np.ndarray
    tissue: Mapping[str, np.ndarray]
    lesion: np.ndarray
    voxel_mm3: float


@dataclass(frozen=True)
class RegionValue:
    """One region of one participant: a row of ``regions/native.tsv``.

    Attributes
    ----------
    n_voxels
        Voxels that enter: any weight, a ratio, no lesion.
    volume_mm3
        Their volume, each voxel by its weight.
    coverage
        Share of the region's weight that has a ratio, times the share of the atlas region
        that lies in the image.
    mean, median, sd
        Weighted by tissue; NaN without a voxel.
    """

    atlas: str
    index: int
    region: str
    n_voxels: int
    volume_mm3: float
    coverage: float
    mean: float
    median: float
    sd: float


COLUMNS = ("participant_id", "group", *(field.name for field in fields(RegionValue)))


def region_values(
    image: NativeRatio, atlas: RegionAtlas, way: Way, inside: np.ndarray
) -> list[RegionValue]:
    """Measure every region of an atlas.

    Parameters
    ----------
    image
        The participant.
    atlas
        The regions.
    way
        Between template and participant.
    inside
        Voxels to look at, bool, shape (x, y, z).
    """
    label = labels_at(way.points_mm, atlas)
    weights = {t: _weight(image, t)[inside] for t in ("GM", "WM", "brain")}
    usable = np.isfinite(image.ratio[inside]) & ~image.lesion[inside]
    ratio = image.ratio[inside]
    in_view = shares_in_view(atlas, way, image.ratio.shape)
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(
        label[order], [*atlas.names, *(n + 1 for n in atlas.names)]
    )
    values = []
    for i, (index, name) in enumerate(atlas.names.items()):
        members = order[starts[i] : starts[i + len(atlas.names)]]
        weight = weights[tissue_of(name, atlas.tissue)]
        values.append(
            _value(
                (atlas.name, index, name),
                *(ratio[members], weight[members], usable[members]),
                in_view.get(index, 0.0),
                image.voxel_mm3,
            )
        )
    return values


def tissue_values(
    image: NativeRatio,
    atlases: Sequence[RegionAtlas],
    way: Way,
    inside: np.ndarray,
) -> list[RegionValue]:
    """Measure all GM and WM, and the deep GM where an atlas names its nuclei."""
    usable = np.isfinite(image.ratio[inside]) & ~image.lesion[inside]
    ratio = image.ratio[inside]
    found = []
    for index, name in enumerate(("GM", "WM"), start=1):
        weight = image.tissue[name][inside]
        facts = (TISSUES, index, name)
        found.append(_value(facts, ratio, weight, usable, 1.0, image.voxel_mm3))
    for atlas in atlases:
        deep = [i for i, name in atlas.names.items() if is_deep(name)]
        if not deep:
            continue
        chosen = np.isin(labels_at(way.points_mm, atlas), deep)
        weight = np.where(chosen, _weight(image, "GM")[inside], 0)
        reached = shares_in_view(atlas, way, image.ratio.shape)
        share = float(np.mean([reached.get(i, 0.0) for i in deep]))
        facts = (TISSUES, 3, DEEP)
        found.append(_value(facts, ratio, weight, usable, share, image.voxel_mm3))
        break
    return found


def tissue_of(name: str, tissue: Tissue) -> Tissue:
    """Return whose probability weighs a region: of a GM atlas not GM where the name says so."""
    if tissue == "GM":
        for word, other in OF_OTHER_TISSUE.items():
            if word in name.lower():
                return other
    return tissue


def is_deep(name: str) -> bool:
    """Tell whether a region's name is that of a deep nucleus."""
    return any(word in name.lower() for word in DEEP_WORDS)


def labels_at(points_mm: np.ndarray, atlas: RegionAtlas) -> np.ndarray:
    """Return the label nearest to each template point, 0 outside the atlas, shape (n,)."""
    voxels = apply(np.linalg.inv(atlas.affine), points_mm)
    known = np.isfinite(voxels).all(axis=1)
    index = np.zeros(voxels.shape, int)
    index[known] = np.floor(voxels[known] + 0.5).astype(int)
    known &= ((index >= 0) & (index < atlas.labels.shape)).all(axis=1)
    label = np.zeros(len(points_mm), int)
    label[known] = np.rint(atlas.labels[tuple(index[known].T)]).astype(int)
    return label


def spheres_atlas(spheres: Mapping[str, Sequence[float]]) -> RegionAtlas:
    """Return spheres as an atlas: name -> x, y, z and radius in template mm.

    Where spheres overlap, the first one counts. Voxels of 1 mm.
    """
    rows = np.array(list(spheres.values()), dtype=float).reshape(-1, 4)
    low = np.floor((rows[:, :3] - rows[:, 3:]).min(axis=0)) - 1
    high = np.ceil((rows[:, :3] + rows[:, 3:]).max(axis=0)) + 1
    shape = (high - low + 1).astype(int)
    mm = np.indices(shape).reshape(3, -1).T + low
    labels = np.zeros(len(mm), np.int32)
    for number in range(len(rows), 0, -1):
        centre, radius = rows[number - 1, :3], rows[number - 1, 3]
        labels[((mm - centre) ** 2).sum(axis=1) <= radius**2] = number
    affine = np.eye(4)
    affine[:3, 3] = low
    names = dict(enumerate(spheres, start=1))
    return RegionAtlas("spheres", labels.reshape(shape), affine, names, "brain")


def _weight(image: NativeRatio, tissue: Tissue) -> np.ndarray:
    if tissue == "brain":
        both: np.ndarray = image.tissue["GM"] + image.tissue["WM"]
        return both
    return image.tissue[tissue]


def _value(
    facts: tuple[str, int, str],
    ratio: np.ndarray,
    weight: np.ndarray,
    usable: np.ndarray,
    in_view: float,
    voxel_mm3: float,
) -> RegionValue:
    used = usable & (weight > 0)
    w, r = weight[used].astype(float), ratio[used].astype(float)
    total, possible = float(w.sum()), float(weight.sum())
    mean = median = sd = np.nan
    if total > 0:
        mean = float((w * r).sum() / total)
        sd = float(np.sqrt((w * (r - mean) ** 2).sum() / total))
        order = np.argsort(r, kind="stable")
        middle = int(np.searchsorted(np.cumsum(w[order]), total / 2))
        median = float(r[order][min(middle, len(r) - 1)])
    coverage = in_view * total / possible if possible > 0 else 0.0
    return RegionValue(
        *facts, int(used.sum()), total * voxel_mm3, coverage, mean, median, sd
    )


def shares_in_view(
    atlas: RegionAtlas, way: Way, shape: tuple[int, ...]
) -> dict[int, float]:
    """Return the share of each region that lies in the participant's image of ``shape``."""
    position = np.array(np.nonzero(np.nan_to_num(atlas.labels)))
    label = np.rint(atlas.labels[tuple(position)]).astype(int)
    voxels = way.source_voxels(apply(atlas.affine, position.T))
    with np.errstate(invalid="ignore"):
        seen = ((voxels >= -0.5) & (voxels <= np.array(shape) - 0.5)).all(axis=1)
    counts = np.bincount(label)
    reached = np.bincount(label, seen, len(counts))
    return {i: float(reached[i] / counts[i]) for i in np.flatnonzero(counts).tolist()}


def about_columns() -> dict[str, dict[str, str]]:
    """Describe the columns of ``regions/native.tsv`` for its JSON file, as BIDS does."""
    told = {
        "participant_id": "as in participants.tsv",
        "group": "as in participants.tsv",
        "atlas": "name of the atlas in the config; tissues: GM, WM and deep grey matter",
        "index": "label of the region in the atlas",
        "region": "name of the region",
        "n_voxels": "native voxels that enter: some tissue, a ratio, no lesion",
        "volume_mm3": "their volume in mm3, each voxel by its tissue probability",
        "coverage": "share of the region that has a ratio, 0 to 1",
        "mean": "mean T1w/T2w ratio, unsmoothed, weighted by tissue probability",
        "median": "weighted median",
        "sd": "weighted standard deviation",
    }
    return described(COLUMNS, told)
