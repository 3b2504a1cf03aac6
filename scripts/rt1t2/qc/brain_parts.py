"""Parts of the brain whose ratios are compared within a person: tissue, front and back, sides."""

from collections.abc import Mapping

import numpy as np

SIDES = ("left", "right")
# What stands before the side in a part's name, and what the pages call it.
PAIRS = {
    "wm_front": "white matter, front",
    "wm_back": "white matter, back",
    "gm_front": "grey matter, front",
    "gm_back": "grey matter, back",
    "deep": "deep grey matter",
}
PARTS = tuple(f"{pair}_{side}" for pair in PAIRS for side in SIDES)
FRONT_MM = -18.0  # y in MNI space, about the middle of the brain


def part_masks(
    tissues: Mapping[str, np.ndarray],
    affine: np.ndarray,
    template_to_native: np.ndarray,
) -> dict[str, np.ndarray]:
    """Divide tissues by the planes x = 0 and y = -18 mm of MNI space.

    Parameters
    ----------
    tissues
        Bool masks "wm", "gm" and "deep" in native space (x, y, z), on one grid.
    affine
        Voxel to RAS mm of that grid.
    template_to_native
        4x4 matrix that takes RAS mm of MNI space to RAS mm of native space.

    Returns
    -------
    dict
        Of PARTS, bool; x below 0 is left. "deep" is not divided by y.
    """
    to_mni = np.linalg.inv(template_to_native) @ affine
    x_mm, y_mm = (_coordinate(tissues["wm"].shape, to_mni[i]) for i in (0, 1))
    on_side = {"left": x_mm < 0, "right": x_mm >= 0}
    in_place = {"front": y_mm > FRONT_MM, "back": y_mm <= FRONT_MM}
    masks: dict[str, np.ndarray] = {}
    for pair in PAIRS:
        tissue, _, place = pair.partition("_")
        mask = tissues[tissue] & in_place[place] if place else tissues[tissue]
        masks |= {f"{pair}_{side}": mask & on_side[side] for side in SIDES}
    return masks


def _coordinate(shape: tuple[int, ...], row: np.ndarray) -> np.ndarray:
    """Return one coordinate of every voxel, by a row of a 4x4 matrix."""
    i, j, k = np.ogrid[tuple(slice(n) for n in shape)]
    coordinate: np.ndarray = row[0] * i + row[1] * j + row[2] * k + row[3]
    return coordinate
