"""The tables of a contrast: what each column is taken from, on two boxes of voxels."""

import numpy as np
import pytest
from scipy import stats
from small_study import write_model

from rt1t2.group.cluster_evidence import EFFECTS, P_MAPS, EvidenceMaps
from rt1t2.group.contrast_tables import Atlas, contrast_tables
from rt1t2.group.model_record import read_model

SHAPE = (16, 16, 16)
AFFINE = np.diag([2.0, 2, 2, 1])


@pytest.fixture
def tables(tmp_path):
    def run(t, df, atlas=None, omissions=(), extent_voxels=1):
        write_model(tmp_path / "model.json")  # 20 degrees of freedom
        of_each = (dict.fromkeys(EFFECTS, t), dict.fromkeys(P_MAPS, t))
        maps = EvidenceMaps(*of_each, np.zeros(SHAPE), 1)
        model = read_model(tmp_path / "model.json")
        given = (t, df, AFFINE, model, maps, omissions, atlas)
        return contrast_tables(*given, 0.001, extent_voxels)

    return run


def two_boxes():
    t = np.full(SHAPE, 0.5)
    t[2:4, 2:4, 2:4], t[10:13, 10:13, 10:13] = 9.0, 5.0
    return t


def test_a_cluster_needs_the_t_of_its_own_degrees_of_freedom(tables):
    df = np.full(SHAPE, 20.0)
    df[10:13, 10:13, 10:13] = 4.0  # where p < 0.001 needs t > 7.17
    (row,) = tables(two_boxes(), df).cluster_rows()
    assert (row["n_voxels"], row["peak_t"]) == (8, 9.0)
    df[:] = 4.0
    (row,) = tables(two_boxes(), df).cluster_rows()
    assert row["peak_t"] == 9.0  # t is printed as it is, and p is that of 4 degrees
    p = stats.t.sf(9.0, 4)
    assert row["peak_p_unc"] == pytest.approx(1 - np.exp(-p), rel=1e-6)


def test_each_cluster_has_its_own_regions_and_omissions(tables):
    image = np.zeros(SHAPE)
    image[:, :, :3], image[:, :, 8:] = 4, 9
    atlas = Atlas(image, AFFINE, {4: "Pons", 9: "Caudate"})
    omissions = [
        {"cluster": "1", "participant_id": who, "peak_t": t, "found": "yes"}
        for who, t in (("a", "8.5"), ("b", "7.5"))
    ]
    found = tables(two_boxes(), np.full(SHAPE, 20.0), atlas, omissions)
    first, second = found.cluster_rows()
    assert (first["label"], second["label"]) == ("Pons 50 %", "Caudate 100 %")
    assert (first["loo_share"], first["loo_min_peak_t"]) == (1.0, 7.5)
    assert np.isnan(second["loo_share"])
    assert found.power["height"].t == pytest.approx(stats.t.isf(0.001, 20))
    assert found.power["fwe_peak"].t == found.inference.summary.fwe_peak_t


def test_nothing_above_the_thresholds_leaves_empty_tables(tables):
    found = tables(two_boxes(), np.full(SHAPE, 20.0), extent_voxels=28)
    assert found.cluster_rows() == found.inference.peaks == []
    assert not found.inference.labels.any()
