"""Evidence of clusters on a volume that can be counted by hand."""

import numpy as np
import pytest

from rt1t2.group.cluster_evidence import (
    EFFECTS,
    EVIDENCE_COLUMNS,
    P_MAPS,
    EvidenceMaps,
    cluster_evidence,
    peak_voxels,
    smallest_p,
)
from rt1t2.group.clusters import describe_clusters
from rt1t2.group.leave_one_out import Stability
from rt1t2.group.random_fields import TField

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 3, 0, -15], [0, 0, 2.5, -10], [0, 0, 0, 1]])
FIELD = TField(30, np.array([1.0, 5, 10, 20]), np.full(3, 3.0), 1000)
SHAPE = (10, 10, 10)


def labels_of(*boxes):
    labels = np.zeros(SHAPE, int)
    for number, box in enumerate(boxes, 1):
        labels[box] = number
    return labels


def test_peaks_are_found_again_from_their_coordinates():
    t = np.zeros(SHAPE)
    t[1:4, 2:4, 5], t[7, 8, 2:5] = 5.0, 6.0
    t[2, 3, 5], t[7, 8, 4] = 8.0, 7.0
    found = describe_clusters(t, AFFINE, FIELD, 0.001, 1)
    assert np.stack(peak_voxels(found.clusters, AFFINE), axis=1).tolist() == [
        [2, 3, 5],
        [7, 8, 4],
    ]
    # in mm: 20 - 2 * 2, -15 + 3 * 3, -10 + 2.5 * 5
    first = found.clusters[0]
    assert (first.peak_x_mm, first.peak_y_mm, first.peak_z_mm) == (16, -6, 2.5)


def test_effects_are_those_at_the_peak_and_the_mean_is_of_the_cluster():
    t = np.zeros(SHAPE)
    t[5, 5, 4:7] = 5.0, 9.0, 6.0
    found = describe_clusters(t, AFFINE, FIELD, 0.001, 1)
    effects = {name: t * (k + 1) for k, name in enumerate(EFFECTS)}
    p = dict.fromkeys(P_MAPS, np.full(SHAPE, 0.5))
    lesions = np.zeros(SHAPE, np.int32)
    lesions[5, 5, 6] = 2  # of two people, in one of three voxels
    maps = EvidenceMaps(effects, p, lesions, step=1)
    (row,) = cluster_evidence(
        found.clusters, found.labels, AFFINE, maps, [Stability(0.75, 2.5)]
    )
    assert vars(row) == {
        "cluster_p_fwe_permutation": 0.5,
        "tfce_p_fwe": 0.5,
        "hedges_g": 9,
        "hedges_g_low": 18,
        "hedges_g_high": 27,
        "log10_bf10": 36,
        "mean_log10_bf10": pytest.approx(4 * (5 + 9 + 6) / 3),
        "loo_share": 0.75,
        "loo_min_peak_t": 2.5,
        "lesion_share": pytest.approx(1 / 3),
    }
    assert tuple(vars(row)) == EVIDENCE_COLUMNS


@pytest.mark.parametrize(("where", "share"), [((), np.nan), ((1, 1, 1), 0)])
def test_a_cluster_without_a_lesion_has_0_where_anybody_has_one(where, share):
    t, lesions = np.zeros(SHAPE), np.zeros(SHAPE, np.int32)
    t[5, 5, 4:7] = 5.0
    if where:
        lesions[where] = 1
    found = describe_clusters(t, AFFINE, FIELD, 0.001, 1)
    of_each = (dict.fromkeys(EFFECTS, t), dict.fromkeys(P_MAPS, t))
    maps = EvidenceMaps(*of_each, lesions, step=1)
    given = (found.clusters, found.labels, AFFINE, maps, [Stability(1, 2)])
    (row,) = cluster_evidence(*given)
    assert row.lesion_share == pytest.approx(share, nan_ok=True)


def test_no_cluster_has_no_evidence():
    nothing = np.zeros(SHAPE, np.int32)
    of_each = (dict.fromkeys(EFFECTS, nothing), dict.fromkeys(P_MAPS, nothing))
    maps = EvidenceMaps(*of_each, nothing, step=1)
    assert cluster_evidence([], nothing, AFFINE, maps, []) == []


def test_smallest_p_looks_at_the_sampled_voxels_only():
    # every second voxel from the second on: 1, 3, 5, 7, 9 along each axis
    labels = labels_of(np.s_[0:4, 0:4, 0:4], np.s_[6, 6, 6], np.s_[7:10, 7:10, 7:10])
    p = np.full((5, 5, 5), 0.9)
    p[0, 0, 0], p[1, 1, 1] = 0.2, 0.03  # voxels (1, 1, 1) and (3, 3, 3)
    p[3:, 3:, 3:] = np.nan
    p[4, 4, 4] = 0.4
    found = smallest_p(labels, p, 2, 3)
    assert found == pytest.approx([0.03, np.nan, 0.4], nan_ok=True)
    p[4, 4, 4] = np.nan
    assert np.isnan(smallest_p(labels, p, 2, 3)[2])
