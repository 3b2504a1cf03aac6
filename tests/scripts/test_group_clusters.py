"""The rule group_clusters on small t maps."""

import json

import numpy as np
import pytest
from scipy import stats
from small_study import AFFINE, SHAPE, write_evidence, write_model

from rt1t2 import images
from rt1t2.group.cluster_evidence import EVIDENCE_COLUMNS
from rt1t2.group.clusters import CLUSTER_COLUMNS, PEAK_COLUMNS
from rt1t2.tables import read_tsv


@pytest.fixture
def run_clusters(script_main, tmp_path):
    def run(t, df=20.0, extent_voxels=5, atlas=(), evidence=None, **model):
        images.save(t, AFFINE, tmp_path / "t.nii.gz")
        images.save(
            np.where(np.isfinite(t), df, np.nan), AFFINE, tmp_path / "df.nii.gz"
        )
        write_model(tmp_path / "model.json", **model)
        beside = write_evidence(tmp_path, t, AFFINE, **(evidence or {}))
        script_main("group_clusters")(
            places=[*beside.pop("places"), *atlas],
            **beside,
            t=str(tmp_path / "t.nii.gz"),
            df=str(tmp_path / "df.nii.gz"),
            model=str(tmp_path / "model.json"),
            clusters=str(tmp_path / "clusters.nii.gz"),
            table=str(tmp_path / "clusters.tsv"),
            peaks=str(tmp_path / "peaks.tsv"),
            summary=str(tmp_path / "summary.json"),
            code="",
            height_p=0.001,
            extent_voxels=extent_voxels,
        )
        return (
            images.load(tmp_path / "clusters.nii.gz")[0],
            read_tsv(tmp_path / "clusters.tsv"),
            json.loads((tmp_path / "summary.json").read_text()),
        )

    return run


def two_blobs():
    t = np.zeros(SHAPE)
    t[0] = np.nan
    t[3:6, 3:6, 3:6] = 4.0
    t[10:12, 10:12, 10:12] = 5.0
    t[4, 4, 4], t[10, 10, 10] = 4.5, 7.0
    return t


def test_tables_label_image_and_summary_agree(run_clusters, tmp_path):
    labels, rows, summary = run_clusters(two_blobs())
    assert [row["n_voxels"] for row in rows] == ["8", "27"]
    assert labels[10, 10, 10] == 1
    assert labels[4, 4, 4] == 2
    assert rows[1]["cog_x_mm"] == rows[1]["peak_x_mm"] == "-8.0"
    assert rows[0]["label"] == "n/a"
    assert tuple(rows[0]) == CLUSTER_COLUMNS + EVIDENCE_COLUMNS
    assert summary["n_clusters"] == 2
    assert summary["n_suprathreshold"] == 35
    assert summary["height_t"] == pytest.approx(stats.t.isf(0.001, 20))
    contract = "contrast df height_p height_t extent_voxels n_suprathreshold n_clusters"
    contract += (
        " set_p resels fwe_peak_t fdr_peak_t fwe_cluster_voxels fdr_cluster_voxels"
    )
    assert set(contract.split()) <= set(summary)
    peaks = read_tsv(tmp_path / "peaks.tsv")
    assert tuple(peaks[0]) == PEAK_COLUMNS
    assert peaks[0]["t"] == rows[0]["peak_t"] == "7.0"


def test_nothing_left(run_clusters, tmp_path):
    labels, rows, summary = run_clusters(two_blobs(), extent_voxels=28)
    assert rows == []
    assert not labels.any()
    assert summary["n_clusters"] == 0
    header = (tmp_path / "clusters.tsv").read_text().split("\n")[0]
    assert header.split("\t") == [*CLUSTER_COLUMNS, *EVIDENCE_COLUMNS]
    labels, rows, summary = run_clusters(np.full(SHAPE, 0.5))
    assert not labels.any()
    assert summary["fdr_peak_t"] is None


def test_labels_of_an_atlas(run_clusters, tmp_path):
    atlas = np.zeros(SHAPE, np.uint8)
    atlas[:5, :, :8], atlas[5:, :, :8] = 3, 4
    images.save(atlas, AFFINE, tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n3\tThalamus left\n4\tPons\n")
    _, rows, _ = run_clusters(
        two_blobs(),
        atlas=[str(tmp_path / "atlas.nii.gz"), str(tmp_path / "atlas.tsv")],
    )
    assert rows[1]["label"] == "Thalamus left 67 %, Pons 33 %"
    assert rows[0]["label"] == "no region of the atlas"


def test_voxels_with_fewer_degrees_of_freedom_need_a_higher_t(run_clusters):
    df = np.full(SHAPE, 20.0)
    df[3:6, 3:6, 3:6] = 5.0  # needs t > 5.89
    labels, rows, _ = run_clusters(two_blobs(), df)
    assert [row["n_voxels"] for row in rows] == ["8"]
    assert labels[4, 4, 4] == 0
    t = two_blobs()
    t[3:6, 3:6, 3:6] *= 2
    _, rows, _ = run_clusters(t, df)
    lower = next(row for row in rows if row["n_voxels"] == "27")
    assert lower["peak_t"] == "9.0"
    p = stats.t.sf(9, 5)
    assert float(lower["peak_p_unc"]) == pytest.approx(1 - np.exp(-p), rel=1e-6)


def test_unknown_smoothness(run_clusters):
    unknown = {"fwhm_voxels": [None] * 3, "resels": [1.0, None, None, None]}
    _, rows, summary = run_clusters(two_blobs(), **unknown)
    assert [row["cluster_p_fwe"] for row in rows] == ["n/a", "n/a"]
    assert summary["set_p"] is None
    assert float(rows[0]["peak_p_unc"]) == pytest.approx(stats.t.sf(7, 20), rel=1e-4)


def test_what_is_known_beside_spms_columns(run_clusters):
    p = np.full((8, 9, 7), np.nan)  # every second voxel, from the second on
    p[1:3, 1:3, 1:3] = 0.3
    p[2, 2, 2] = 0.04  # voxel (5, 5, 5), in the larger cluster
    omissions = [
        {"cluster": 2, "participant_id": who, "peak_t": t, "n_voxels": 9, "found": yes}
        for who, t, yes in (("a", 4.0, "yes"), ("b", 3.8, "no"), ("c", 3.6, "yes"))
    ]
    lesions = np.zeros(SHAPE)
    lesions[3, 3:6, 3:6] = 1
    evidence = {"permuted_p": p, "step": 2, "omissions": omissions, "lesions": lesions}
    _, (small, large), summary = run_clusters(two_blobs(), evidence=evidence)
    assert float(large["cluster_p_fwe_permutation"]) == pytest.approx(0.04)
    assert float(large["tfce_p_fwe"]) == pytest.approx(0.04)
    assert small["cluster_p_fwe_permutation"] == "n/a"  # undefined at its sampled voxel
    assert [float(small[f"hedges_g{end}"]) for end in ("", "_low", "_high")] == [
        *(3.5, 2.5, 4.5)
    ]
    assert float(small["log10_bf10"]) == 7 / 4
    assert float(small["mean_log10_bf10"]) == pytest.approx((7 + 7 * 5) / 8 / 4)
    assert float(large["loo_share"]) == pytest.approx(2 / 3)
    assert float(large["loo_min_peak_t"]) == 3.6
    assert small["loo_share"] == "n/a"
    assert float(large["lesion_share"]) == pytest.approx(9 / 27)
    assert float(small["lesion_share"]) == 0
    assert summary["evidence"] == {"share_null": 0.25}  # and not its CodeDigest
    assert summary["permutation"]["permutations"] == 99
    assert summary["error_rate"]["stationary"]["rate"] == 0.2
    assert summary["power"]["height"]["t"] == summary["height_t"]
    assert 0 < summary["power"]["height"]["power"]["0.5"] < 0.1
