"""Region means of images as a long table: one row per image and region."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.regions import (
    Background,
    RegionGrid,
    atlas_labels,
    region_means,
    regions_on_grid,
)
from rt1t2.tables import number
from rt1t2.user_images import open_image
from rt1t2.user_text import read_user_table

COLUMNS = (
    *("kind", "name", "region", "label", "mean", "coverage"),
    "mean_other_background",  # the mean under the other choice of receptors.background
)
OTHER: dict[Background, Background] = {"exclude": "include", "include": "exclude"}

Row = dict[str, Any]


class RegionMeasure:
    """Takes region means of images, bringing the atlas to each grid only once."""

    def __init__(self, atlas: str, labels: str) -> None:
        # as it is stored: half-way between two of its voxels the later one counts (JuSpace)
        opened = open_image(atlas, "receptor atlas", turned=False)
        self._atlas, self._affine = opened.values(), opened.affine
        self.regions = atlas_labels(self._atlas)
        named = read_labels(labels)
        self.labels = [named.get(int(r), f"region {r}") for r in self.regions]
        self._grids: dict[tuple[Any, ...], RegionGrid] = {}

    def rows(
        self, kind: str, name: str, path: str, background: Background
    ) -> list[Row]:
        """Measure one image; of a series of volumes (tissue maps) only the first."""
        # Not images.load: means of scaled maps are taken with all the digits of the scaling
        image = open_image(path, f"{kind} {name}", series=True)
        data = image.values()
        grid = self._grid(image.shape, image.affine)
        if not grid.voxels.size:
            raise UserError(
                f"{kind} {name}: no region of the receptor atlas lies in {path}. Is it in "
                "the template's space?"
            )
        means, coverage = region_means(data, grid, background)
        if not np.isfinite(means).any():
            raise UserError(
                f"{kind} {name}: {path} has no data in any region of the receptor atlas. "
                "Is it empty, or in another space than the template?"
            )
        otherwise, _ = region_means(data, grid, OTHER[background])
        columns = (self.regions, self.labels, means, coverage, otherwise)
        return [
            dict(zip(COLUMNS, (kind, name, *values), strict=True))
            for values in zip(*columns, strict=True)
        ]

    def centroids_mm(self) -> np.ndarray:
        """Return the centre of every region (regions, 3), mean position of its voxels."""
        position = np.array(np.nonzero(np.nan_to_num(self._atlas)))
        region = np.searchsorted(self.regions, self._atlas[tuple(position)])
        size = np.bincount(region)
        mm = self._affine[:3, :3] @ position + self._affine[:3, 3:]
        return np.column_stack([np.bincount(region, weights=x) / size for x in mm])

    def _grid(self, shape: tuple[int, ...], affine: np.ndarray) -> RegionGrid:
        key = (shape, affine.tobytes())
        if key not in self._grids:
            self._grids[key] = regions_on_grid(self._atlas, self._affine, shape, affine)
        return self._grids[key]


def labels_without_data(rows: Iterable[Row]) -> list[str]:
    """Return the names of the regions whose mean is undefined."""
    return [row["label"] for row in rows if np.isnan(row["mean"])]


def read_labels(path: str | Path) -> dict[int, str]:
    """Read the names of regions from a table with columns index and name.

    Raises
    ------
    UserError
        The columns are not there, or one index has two names.
    """
    _, rows = read_user_table(path, "region labels")
    names: dict[int, str] = {}
    try:
        for row in rows:
            index, name = int(row["index"]), row["name"]
            if names.setdefault(index, name) != name:
                raise UserError(
                    f"region labels {path}: region {index} has the names "
                    f"{names[index]} and {name}. Give each number one name."
                )
    except (KeyError, ValueError) as error:
        raise UserError(
            f"region labels {path}: needs a column `index` of whole numbers and a column "
            "`name`."
        ) from error
    return names


def as_matrix(
    rows: Sequence[dict[str, str]], kind: str, column: str = "mean"
) -> tuple[list[str], list[str], np.ndarray]:
    """Return names, regions and means (names, regions) of one kind of image."""
    chosen = [row for row in rows if row["kind"] == kind]
    names = list(dict.fromkeys(row["name"] for row in chosen))
    regions = list(dict.fromkeys(row["region"] for row in chosen))
    means = np.array([number(row[column]) for row in chosen])
    return names, regions, means.reshape(len(names), len(regions))
