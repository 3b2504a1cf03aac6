"""What figure 1 shows of a comparison: turned maps, clusters of both directions, their order."""

import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.pair_maps import pair_maps

SHAPE, AFFINE = (6, 7, 8), np.diag([2.0, 2.0, 2.0, 1.0])
SUMMARY = {"height_p": 0.001, "height_t": 3.5, "extent_voxels": 100}
SUMMARY |= {"n_plus": 8, "n_minus": 6}
BOTH = [
    {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
    {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
]


def row(t, p, place=(2.0, 4.0, 6.0)):
    made = {"cluster": "1", "peak_t": f"{t}", "volume_mm3": "2500", "test_p": f"{p}"}
    made |= {"hedges_g": "3.0", "hedges_g_low": "1.0", "hedges_g_high": "5.0"}
    return made | {f"peak_{a}_mm": f"{v}" for a, v in zip("xyz", place, strict=True)}


def shown(contrasts, tables, t=None, labels=()):
    (pair,) = contrast_pairs(contrasts, ["HC", "PSP"], "HC")
    t = np.full(SHAPE, 1.0) if t is None else t
    volumes = [Volume(image, AFFINE) for image in labels]
    return pair_maps(pair, Volume(t, AFFINE), volumes, tables, SUMMARY, "test_p")


def test_the_map_is_patients_minus_controls_and_n_stands_in_that_order():
    maps = shown(BOTH, {"HC-PSP": [], "PSP-HC": []})
    assert (maps.t.data == -1).all()
    assert maps.people == "n = 6 and 8"
    assert maps.extent_ml == pytest.approx(0.8)
    up = shown(BOTH[1:], {"PSP-HC": []})
    assert (up.t.data == 1).all()
    assert up.people == "n = 8 and 6"


def test_clusters_of_both_directions_by_the_p_of_the_primary_test():
    tables = {"HC-PSP": [row(7, 0.02), row(5, "n/a")], "PSP-HC": [row(4, 0.001)]}
    maps = shown(BOTH, tables)
    assert [cluster.t for cluster in maps.clusters] == [4, -7, -5]
    assert [cluster.effect for cluster in maps.clusters[:2]] == [
        (3, 1, 5),
        (-3, -5, -1),
    ]
    assert maps.clusters[0].volume_ml == 2.5
    assert maps.shown_at_mm == (2, 4, 6)


def test_a_cluster_of_either_direction_is_outlined():
    labels = np.zeros((2, *SHAPE))
    labels[0, 1, 1, 1], labels[1, 2, 2, 2] = 1, 2
    maps = shown(BOTH, {"HC-PSP": [], "PSP-HC": []}, labels=labels)
    assert np.argwhere(maps.in_cluster).tolist() == [[1, 1, 1], [2, 2, 2]]


def test_without_a_cluster_the_slices_go_through_the_largest_t():
    t = np.full(SHAPE, np.nan)
    t[1, 2, 3], t[4, 4, 4] = 3.0, -2.0
    maps = shown(BOTH[:1], {"HC-PSP": []}, t)
    assert maps.largest_t == -3
    assert maps.shown_at_mm == (2, 4, 6)


def test_a_map_that_is_undefined_everywhere():
    maps = shown(BOTH[:1], {"HC-PSP": []}, np.full(SHAPE, np.nan))
    assert np.isnan(maps.largest_t)
    assert len(maps.shown_at_mm) == 3
