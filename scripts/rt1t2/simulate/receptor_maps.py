"""A simulated region atlas and receptor maps: real ones may not be redistributed."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from rt1t2.geometry.morphology import depth_mm
from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_model import Head

N_CORTEX, N_CEREBELLUM = 44, 6  # regions in each hemisphere
MAP_VOXEL_MM = 3.0
MAP_SMOOTHNESS_MM = 12.0
SIDES = {"left": -1, "right": 1}


def simulate_atlas(head: Head, seed: int) -> tuple[np.ndarray, dict[int, str]]:
    """Parcellate the head's grey matter; left and right mirror one another.

    Cortex and cerebellum are divided into compact parcels of similar size (k-means of
    voxel positions), the deep nuclei and the brainstem are regions of their own.

    Returns
    -------
    atlas, names
        Labels on the head's grid, 0 = none; the name of every label.
    """
    atlas, names = np.zeros(head.grid.shape, np.int16), {}
    structures = _structures(head, np.random.default_rng(seed))
    for label, (name, inside) in enumerate(structures, start=1):
        atlas[inside & (atlas == 0)] = label
        names[label] = f"Simulated {name}"
    return atlas, names


def _structures(
    head: Head, rng: np.random.Generator
) -> Iterator[tuple[str, np.ndarray]]:
    x, y, z = head.grid.axes
    share = head.fractions
    caudate = (np.abs(x) < 21) & ((z > 9) | (np.abs(x) < 17))
    cerebellum = (z < -14 - 0.35 * (y + 40)) & (y < -38)
    yield "brainstem", (share["stem"] > 0.5) & head.brain
    for side, sign in SIDES.items():
        half = sign * x > 0
        yield f"thalamus {side}", (share["thalamus"] > 0.5) & half
        yield f"caudate {side}", (share["striatum"] > 0.5) & caudate & half
        yield f"putamen {side}", (share["striatum"] > 0.5) & ~caudate & half
        yield f"pallidum {side}", (share["pallidum"] > 0.5) & half
    cortex = (share["gm"] > 0.5) & head.brain
    for name, inside, n in (
        ("cortex", cortex & ~cerebellum, N_CORTEX),
        ("cerebellum", cortex & cerebellum, N_CEREBELLUM),
    ):
        centres = _parcel_centres(head, inside & (x < 0), n, rng)
        for side, sign in SIDES.items():
            voxels = np.argwhere(inside & (sign * x > 0))
            nearest = cKDTree(centres * [-sign, 1, 1]).query(_mm(head, voxels))[1]
            for k in range(n):
                parcel = np.zeros(head.grid.shape, bool)
                parcel[tuple(voxels[nearest == k].T)] = True
                yield f"{name} {k + 1:02d} {side}", parcel


def _parcel_centres(
    head: Head, inside: np.ndarray, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the centres (n, 3) of ``n`` compact parcels, from posterior to anterior."""
    points = _mm(head, np.argwhere(inside))
    centres = kmeans2(points, n, minit="++", iter=20, seed=rng)[0]
    ordered: np.ndarray = centres[np.argsort(centres[:, 1])]
    return ordered


def simulate_maps(
    atlas: np.ndarray, affine: np.ndarray, n_maps: int, seed: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Simulate receptor maps: smooth over the brain, uncorrelated with one another.

    Regional values are ranks of smooth random patterns that were made orthogonal, so that
    no map can stand in for another. Every voxel of the head then gets the value of its
    nearest region, and the map is smoothed to about PET resolution.

    Returns
    -------
    maps, affine
        On a 3 mm grid over the atlas; 0 outside the brain.
    """
    rng = np.random.default_rng(seed)
    labels = np.unique(atlas[atlas > 0])
    voxel_mm = np.abs(affine[0, 0])
    shape = tuple(int(n) for n in np.array(atlas.shape) * voxel_mm / MAP_VOXEL_MM)
    map_affine = affine.copy()
    map_affine[:3, :3] *= MAP_VOXEL_MM / voxel_mm
    centres = np.array(ndimage.center_of_mass(atlas > 0, atlas, labels)) * voxel_mm
    patterns = _orthogonal_patterns(centres, n_maps, rng)
    index = np.searchsorted(labels, nearest_label(atlas))
    brain = depth_mm(atlas == 0, voxel_mm) < 12
    coarse = np.linalg.inv(affine) @ map_affine
    maps = []
    for pattern in patterns.T:
        level = 20 + 60 * (rankdata(pattern) - 1) / (len(labels) - 1)
        painted = np.where(brain, level[index], 0).astype(np.float32)
        weight = ndimage.gaussian_filter(brain.astype(np.float32), 2.0 / voxel_mm)
        smooth = ndimage.gaussian_filter(painted, 2.0 / voxel_mm)
        smooth = np.where(brain, smooth / np.maximum(weight, 0.1), 0)
        maps.append(
            ndimage.affine_transform(
                smooth, coarse[:3, :3], coarse[:3, 3], shape, order=0
            )
        )
    return maps, map_affine


def _orthogonal_patterns(
    centres_mm: np.ndarray, n_patterns: int, rng: np.random.Generator
) -> np.ndarray:
    """Return smooth random patterns (region, pattern) that are mutually uncorrelated."""
    apart = np.linalg.norm(centres_mm[:, None] - centres_mm[None], axis=-1)
    covariance = np.exp(-0.5 * (apart / MAP_SMOOTHNESS_MM) ** 2)
    smooth = covariance @ rng.standard_normal((len(centres_mm), n_patterns))
    with_mean = np.column_stack([np.ones(len(centres_mm)), smooth])
    return np.linalg.qr(with_mean)[0][:, 1:]


def simulate_gm(head: Head) -> tuple[np.ndarray, np.ndarray]:
    """Return the head's grey matter and its affine, on a grid of its own (2.5 mm)."""
    grid = Grid(2.5)
    grey = sum(head.fractions[name] for name in ("gm", "thalamus", "striatum"))
    to_head = np.linalg.inv(head.affine) @ grid.affine
    return (
        ndimage.affine_transform(
            grey, to_head[:3, :3], to_head[:3, 3], grid.shape, order=1
        ),
        grid.affine,
    )


def nearest_label(atlas: np.ndarray) -> np.ndarray:
    """Return, for every voxel, the label of the nearest labelled voxel."""
    nearest = ndimage.distance_transform_edt(
        atlas == 0, return_distances=False, return_indices=True
    )
    labels: np.ndarray = atlas[tuple(nearest)]
    return labels


def receptor_pattern(
    atlas: np.ndarray, regional_means: np.ndarray, amplitude: float
) -> np.ndarray:
    """Return a factor on the ratio that follows the ranks of a map's regional means.

    Parameters
    ----------
    atlas
        Labels, 0 = none; voxels without a label follow the nearest region.
    regional_means
        Mean of the map in every label, in ascending order of the labels.
    amplitude
        The factor runs from 1 - amplitude (lowest mean) to 1 + amplitude; its mean over
        the regions is 1.
    """
    ranks = rankdata(regional_means)
    centred = 2 * (ranks - 1) / (len(ranks) - 1) - 1
    index = np.searchsorted(np.unique(atlas[atlas > 0]), nearest_label(atlas))
    pattern: np.ndarray = (1 + amplitude * centred[index]).astype(np.float32)
    return pattern


def _mm(head: Head, voxels: np.ndarray) -> np.ndarray:
    mm: np.ndarray = voxels * head.voxel_mm + head.affine[:3, 3]
    return mm
