"""Clusters, maxima and tables on small volumes that can be read by eye."""

import numpy as np
import pytest

from rt1t2.group.clusters import (
    describe_clusters,
    find_clusters,
    region_shares,
    regions_at,
)
from rt1t2.group.random_fields import TField

FIELD = TField(27, np.array([1.0, 20, 100, 200]), np.array([5.0, 5, 5]), 20_000)
AFFINE = np.diag([2.0, 2, 2, 1])
AFFINE[:3, 3] = -20


def volume(values):
    t = np.zeros((20, 20, 20))
    for voxel, value in values.items():
        t[voxel] = value
    return t


def test_faces_and_edges_join_but_corners_do_not():
    t = volume({(5, 5, 5): 5, (5, 6, 6): 4, (6, 7, 7): 6, (9, 9, 9): 3.4})
    found = find_clusters(t, 3.5)
    assert found.sizes.tolist() == [1, 2]
    assert found.labels[6, 7, 7] == 1
    assert found.labels[5, 5, 5] == found.labels[5, 6, 6] == 2
    assert found.labels[9, 9, 9] == 0


def test_clusters_are_ordered_by_peak_and_cut_by_size():
    t = volume({(2, 2, z): 5.0 + z / 10 for z in range(2, 8)} | {(10, 10, 10): 9.0})
    found = describe_clusters(t, AFFINE, FIELD, 0.001, 1)
    assert [row.peak_t for row in found.clusters] == [9.0, 5.7]
    assert [row.n_voxels for row in found.clusters] == [1, 6]
    assert [row.volume_mm3 for row in found.clusters] == [8.0, 48.0]
    row = found.clusters[1]
    assert [row.peak_x_mm, row.peak_y_mm, row.peak_z_mm] == [-16, -16, -6]
    assert [row.cog_x_mm, row.cog_y_mm, row.cog_z_mm] == [-16, -16, -11]

    for extent, left in ((6, 1), (7, 0)):
        found = describe_clusters(t, AFFINE, FIELD, 0.001, extent)
        assert len(found.clusters) == found.labels.max() == left
        assert found.summary.n_clusters_any_extent == 2
        assert np.count_nonzero(found.labels) == 6 * left


def test_q_values_do_not_change_with_the_extent_threshold():
    t = volume({(2, 2, z): 5.0 + z / 10 for z in range(2, 8)} | {(10, 10, 10): 4.0})
    all_of_them = describe_clusters(t, AFFINE, FIELD, 0.001, 0).clusters
    large = describe_clusters(t, AFFINE, FIELD, 0.001, 5).clusters
    assert large[0].cluster_q_fdr == all_of_them[0].cluster_q_fdr
    assert large[0].peak_q_fdr == all_of_them[0].peak_q_fdr


def test_up_to_three_peaks_more_than_8_mm_apart():
    ridge = {(x, 5, 5): 4.0 for x in range(18)}
    peaks = {(1, 5, 5): 9.0, (5, 5, 5): 8.0, (6, 5, 5): 7.9, (10, 5, 5): 7.0}
    peaks |= {(14, 5, 5): 6.0, (16, 5, 5): 5.0}
    found = describe_clusters(volume(ridge | peaks), AFFINE, FIELD, 0.001, 0)
    # x = -18 is 8 mm from x = -10, which is not more than 8 mm
    assert [row.x_mm for row in found.peaks] == [-18, 0, 12]
    assert [row.rank for row in found.peaks] == [1, 2, 3]


def test_nothing_above_the_threshold():
    t = np.full((20, 20, 20), np.nan)
    t[5:9, 5:9, 5:9] = 1.0
    found = describe_clusters(t, AFFINE, FIELD, 0.001, 10)
    assert found.clusters == found.peaks == []
    assert found.labels.max() == 0
    assert found.summary.set_p == 1
    assert found.summary.fdr_peak_t is None
    assert found.summary.fwe_cluster_voxels is None


def test_region_shares():
    names = {1: "Thalamus left", 2: "Thalamus right", 3: "Putamen", 4: "Pons"}
    regions = np.repeat([1, 2, 0, 3, 4, 9], [62, 20, 10, 4, 3, 1])
    assert region_shares(regions, names) == (
        "Thalamus left 62 %, Thalamus right 20 %, Putamen 4 %"
    )
    assert region_shares(np.zeros(4, int), names) == "no region of the atlas"


def test_atlas_on_another_grid():
    atlas = np.zeros((5, 5, 5))
    atlas[2, 2, 2] = 7  # voxel centre at 8 mm
    atlas_affine = np.diag([4.0, 4, 4, 1])
    voxels = np.array([[4, 4, 4], [3, 3, 3], [0, 0, 0], [15, 15, 15]])
    affine = np.diag([2.0, 2, 2, 1])
    assert regions_at(voxels, affine, atlas, atlas_affine).tolist() == [7, 7, 0, 0]


def test_unknown_smoothness_gives_undefined_cluster_p():
    unknown = np.full(3, np.nan)
    field = TField(2, np.array([1, *unknown]), unknown, 1000)
    row = describe_clusters(volume({(5, 5, 5): 99.0}), AFFINE, field, 0.001, 0)
    assert np.isnan(row.clusters[0].cluster_p_fwe)
    assert row.clusters[0].peak_p_unc == pytest.approx(5.1e-5, rel=0.01)
