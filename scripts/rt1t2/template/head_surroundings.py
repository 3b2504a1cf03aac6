"""Everything of a simulated head that is not brain: skull, scalp, face, eyes, spine."""

import numpy as np
from scipy import ndimage

from rt1t2.geometry.morphology import depth_mm
from rt1t2.template.ellipsoids import Grid

TISSUE_ORDER = (
    "air",
    "csf",
    "stem",
    "bone",
    "marrow",
    "muscle",
    "temporalis",
    "fat",
    "skin",
    "vitreous",
    "lens",
)
CODE = {name: code for code, name in enumerate(TISSUE_ORDER)}
TABLE_MM = 1.7  # inner and outer table of the skull
SKIN_MM = 1.8


class Labels:
    """The tissue of every voxel outside the brain; the last one painted wins."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.codes = np.zeros(shape, np.uint8)

    def __setitem__(self, where: np.ndarray, tissue: str) -> None:
        """Paint the voxels ``where`` with ``tissue``."""
        self.codes[where] = CODE[tissue]

    def where(self, tissue: str) -> np.ndarray:
        """Return the voxels of a tissue; none for tissues of the brain."""
        there: np.ndarray = self.codes == CODE.get(tissue, len(CODE))
        return there


def surroundings(grid: Grid, brain: np.ndarray, rng: np.random.Generator) -> Labels:
    """Return the tissue labels around ``brain`` (bool, on ``grid``); air inside it."""
    _, y, z = grid.axes
    noise_18, noise_6 = grid.noise(18, rng), grid.noise(6, rng)
    cord_y = _cord_axis_y(grid, brain)
    canal = ((grid.axes[0] / 10.5) ** 2 + ((y - cord_y) / 9) ** 2 < 1) & (z < -62)
    hull = _inner_skull(brain, grid.voxel_mm) | canal
    from_hull = depth_mm(~hull, grid.voxel_mm)
    skull_mm = _skull_thickness_mm(grid, noise_18)
    temporalis_mm = _temporalis_thickness_mm(grid)
    to_scalp_mm = skull_mm + temporalis_mm + 6.0 + 0.6 * noise_18
    head, face = _outline(grid, from_hull, to_scalp_mm)
    depth = depth_mm(head, grid.voxel_mm)

    labels = Labels(grid.shape)
    labels[head] = "muscle"
    labels[head & (grid.noise(5, rng) > 0.55) & (depth > 5)] = "fat"
    fat_mm = np.where(z > 0, 4.0, 4.5) + 0.8 * noise_18
    labels[head & (depth <= fat_mm + SKIN_MM)] = "fat"
    labels[head & (depth <= SKIN_MM)] = "skin"
    skull = (from_hull > 0) & (from_hull <= skull_mm) & head
    labels[skull] = "bone"
    diploe = (from_hull > TABLE_MM) & (from_hull < skull_mm - TABLE_MM)
    labels[diploe & skull & (skull_mm > 4.2)] = "marrow"
    beside = (from_hull > skull_mm) & (from_hull < skull_mm + temporalis_mm)
    labels[(temporalis_mm > 1) & beside & head] = "temporalis"
    sheets = np.abs(grid.noise(7, rng)) < 0.16
    labels[head & face & ~skull & sheets & (depth > 7) & (from_hull > skull_mm)] = (
        "bone"
    )
    _paint_cavities(labels, grid, head & ~hull, noise_6)
    _paint_eyes(labels, grid, head & ~hull, depth)
    _paint_spine(labels, grid, head & ~hull, cord_y)
    labels[hull & ~brain] = "csf"
    cord = ((grid.axes[0] / 6.5) ** 2 + ((y - cord_y) / 5) ** 2 < 1) & (z < -66)
    labels[cord & ~brain] = "stem"
    labels[brain] = "air"
    return labels


def _cord_axis_y(grid: Grid, brain: np.ndarray) -> np.ndarray:
    """Return the y of the spinal cord's axis at every z, from the brain's lower end."""
    slab = brain & (np.abs(grid.axes[2] + 70) <= grid.voxel_mm / 2)
    start = np.broadcast_to(grid.axes[1], grid.shape)[slab].mean()
    axis_y: np.ndarray = start - 0.15 * (-70 - grid.axes[2])
    return axis_y


def _inner_skull(brain: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Close the sulci (9 mm) and smooth: what lies inside the skull."""
    closed = depth_mm(depth_mm(~brain, voxel_mm) < 9, voxel_mm) > 7.2
    smooth = ndimage.gaussian_filter(
        (closed | brain).astype(np.float32), 1.5 / voxel_mm
    )
    inner: np.ndarray = (smooth > 0.5) | brain
    return inner


def _skull_thickness_mm(grid: Grid, noise: np.ndarray) -> np.ndarray:
    x, y, z = grid.axes
    occipital = 1.6 * np.clip(-(y + 40) / 60, -0.6, 1)
    temporal = 1.6 * np.clip((np.abs(x) - 55) / 12, 0, 1) * (z < 15)
    thickness = np.clip(6.3 + 0.8 * noise + occipital - temporal, 3.2, 10)
    vault = (z > -48) | ((y < 5) & (z > -66))
    return np.where(vault, thickness, 2.5).astype(np.float32)


def _temporalis_thickness_mm(grid: Grid) -> np.ndarray:
    x, y, z = grid.axes
    lens = 14 * np.clip(1 - ((y - 8) / 40) ** 2 - ((z + 6) / 34) ** 2, 0, 1)
    thickness: np.ndarray = (lens * (np.abs(x) > 40)).astype(np.float32)
    return thickness


def _outline(
    grid: Grid, from_hull: np.ndarray, to_scalp_mm: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the whole head, and the part of it that is face and jaw."""
    x, y, z = grid.axes
    face = grid.ellipsoid((0, 38, -62), (60, 47, 62)) < 1
    face |= grid.ellipsoid((0, 30, -92), (55, 52, 36)) < 1
    neck = ((x / 58) ** 2 + ((y + 18) / 64) ** 2 < 1) & (z < -48)
    occiput = grid.ellipsoid((0, -60, -62), (58, 48, 40)) < 1
    nose = grid.ellipsoid((0, 82, -60), (11, 17, 17)) < 1
    cranium = (from_hull < to_scalp_mm) & (z > -52)

    def rounded(shape: np.ndarray, sigma_mm: float) -> np.ndarray:
        soft = ndimage.gaussian_filter(
            shape.astype(np.float32), sigma_mm / grid.voxel_mm
        )
        smooth_mask: np.ndarray = soft > 0.5
        return smooth_mask

    head = rounded(cranium | face | neck | occiput, 4) | rounded(nose, 1.5)
    return head | (from_hull < to_scalp_mm - 0.5), face


def _paint_cavities(
    labels: Labels, grid: Grid, soft: np.ndarray, noise: np.ndarray
) -> None:
    """Paint sinuses, mastoid cells, nose and airway into the ``soft`` voxels."""
    x, y, z = grid.axes

    def cavity(distance: np.ndarray, shell: float) -> None:
        labels[(distance < shell) & (distance >= 1) & soft] = "bone"
        labels[(distance < 1) & soft] = "air"

    for side in (-1, 1):
        cavity(grid.ellipsoid((side * 25, 47, -66), (11, 14, 13)), 1.15)  # maxillary
        cavity(grid.ellipsoid((side * 8, 72, -14), (7, 4.5, 8)), 1.15)  # frontal
        mastoid = (grid.ellipsoid((side * 52, -30, -46), (11, 13, 16)) < 1) & soft
        labels[mastoid] = "bone"
        labels[mastoid & (noise > 0.1)] = "air"
    cavity(grid.ellipsoid((0, 16, -40), (11, 10, 8)), 1.2)  # sphenoid
    nasal = grid.ellipsoid((0, 55, -58), (13, 27, 20))
    cavity(nasal, 1.1)
    septum_and_conchae = (np.abs(x) < 1.3) | (noise > 0.75)
    labels[(nasal < 1) & septum_and_conchae & soft] = "muscle"
    labels[((x / 9) ** 2 + ((y - 4) / 7) ** 2 < 1) & (z < -62) & soft] = "air"
    tongue = grid.ellipsoid((0, 36, -100), (24, 30, 17)) < 1
    labels[tongue & soft] = "muscle"


def _paint_eyes(
    labels: Labels, grid: Grid, soft: np.ndarray, depth: np.ndarray
) -> None:
    """Paint orbits with fat, eye muscles and optic nerve, and the globes."""
    x, y, z = grid.axes
    for side in (-1, 1):
        orbit = grid.ellipsoid((side * 32, 50, -41), (20, 26, 18))
        labels[(orbit < 1.12) & (orbit >= 1) & soft & (y < 62)] = "bone"
        labels[(orbit < 1) & soft & (depth > 3)] = "fat"
        for dx, dz in ((9, 0), (-9, 0), (0, 8), (0, -8)):
            rectus = grid.ellipsoid((side * 32 + dx, 42, -41 + dz), (2.2, 13, 2.6)) < 1
            labels[rectus & (orbit < 1) & soft] = "muscle"
        back = np.clip((50 - y) / 35, 0, 1)
        nerve = (x - side * (33 - 24 * back)) ** 2 + (z + 41 - 12 * back) ** 2 < 2.2**2
        labels[nerve & (y < 47) & (y > 16) & soft] = "stem"
        globe = grid.ellipsoid((side * 33.3, 56.6, -41.3), (12, 12, 12))
        labels[(globe < 1.07) & (globe >= 1)] = "lens"  # sclera
        labels[globe < 1] = "vitreous"
        labels[grid.ellipsoid((side * 33.3, 65.1, -41.3), (4.5, 2.2, 4.5)) < 1] = "lens"


def _paint_spine(
    labels: Labels, grid: Grid, soft: np.ndarray, cord_y: np.ndarray
) -> None:
    """Paint vertebral bodies and arches, with discs and ligaments between them."""
    x, y, z = grid.axes
    spine = (z < -66) & soft
    arch = (np.sqrt(x**2 + ((y - cord_y) / 0.9) ** 2) < 15) & spine
    labels[arch] = "bone"
    body = ((x / 14) ** 2 + ((y - cord_y - 22) / 10) ** 2 < 1) & spine
    labels[body] = "marrow"
    labels[body & (np.mod(z + 2, 17) < 4)] = "muscle"
    labels[arch & (np.mod(z + 8, 17) < 5) & (y < cord_y)] = "muscle"
