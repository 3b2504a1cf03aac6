"""The group rules against SPM12 on 29 simulated maps: mask, t, smoothness and every table row."""

import json
from pathlib import Path

import numpy as np
import pytest
from small_study import write_evidence

from rt1t2 import images
from rt1t2.tables import number, read_tsv

SPM = json.loads(
    (Path(__file__).parents[1] / "expected" / "spm_ttest.json").read_text()
)
T_IMAGES = {
    "unequal": "uneq_fmri_spmT_0002.nii.gz",
    "equal": "eq_fmri_spmT_0002.nii.gz",
}
SAME = 5e-5  # four significant digits


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("spm")


@pytest.fixture
def reference(shared):
    return shared / "reference" / "spm_ttest"


@pytest.fixture
def groups(reference):
    return {
        name: [str(path) for path in sorted((reference / "in").glob(f"g{name[1]}_*"))]
        for name in ("G1", "G2")
    }


@pytest.fixture
def mask(script_main, folder, reference, groups):
    path = folder / "mask.nii.gz"
    if not path.exists():
        script_main("group_mask")(
            maps=[*groups["G1"], *groups["G2"]],
            lesions=[],
            template_brain=str(reference / "in" / "mask.nii.gz"),
            explicit_mask=[],
            mask=str(path),
            n=str(folder / "n.nii.gz"),
            lesion_overlap=str(folder / "lesions.nii.gz"),
            stack=str(folder / "maps.npy"),
            code="",
            participant_ids=[Path(p).name for p in (*groups["G1"], *groups["G2"])],
            groups=["G1"] * 11 + ["G2"] * 18,
            missing="exclude_voxel",
        )
    return str(path)


def run_ttest(script_main, folder, groups, mask, contrast, variance):
    plus, minus = contrast.split("-")
    script_main("group_ttest")(
        maps=[str(folder / "maps.npy"), mask],
        t=str(folder / "t.nii.gz"),
        df=str(folder / "df.nii.gz"),
        effective_n=str(folder / "effective_n.nii.gz"),
        rpv=str(folder / "rpv.nii.gz"),
        model=str(folder / "model.json"),
        design=str(folder / "design.tsv"),
        code="",
        contrast={"name": contrast, "plus": plus, "minus": minus},
        rows=[
            {"participant_id": Path(path).name, "group": group}
            for group in (plus, minus)
            for path in groups[group]
        ],
        variance=variance,
        missing="exclude_voxel",
        covariates=[],
    )
    return images.load(folder / "t.nii.gz")[0], json.loads(
        (folder / "model.json").read_text()
    )


def run_clusters(script_main, folder, extent_voxels):
    script_main("group_clusters")(
        **write_evidence(folder, *images.load(folder / "t.nii.gz")),
        t=str(folder / "t.nii.gz"),
        df=str(folder / "df.nii.gz"),
        model=str(folder / "model.json"),
        clusters=str(folder / "clusters.nii.gz"),
        table=str(folder / "clusters.tsv"),
        peaks=str(folder / "peaks.tsv"),
        summary=str(folder / "summary.json"),
        code="",
        height_p=0.001,
        extent_voxels=extent_voxels,
    )
    return (
        read_tsv(folder / "clusters.tsv"),
        read_tsv(folder / "peaks.tsv"),
        json.loads((folder / "summary.json").read_text()),
    )


@pytest.mark.shared
def test_mask_is_spms(mask, reference):
    expected = images.load(reference / "in" / "mask.nii.gz")[0] > 0
    assert np.array_equal(images.load(mask)[0] > 0, expected)


@pytest.mark.shared
@pytest.mark.parametrize("contrast", ["G1-G2", "G2-G1"])
@pytest.mark.parametrize("variance", ["unequal", "equal"])
def test_spms_numbers(script_main, folder, reference, groups, mask, variance, contrast):
    expected = SPM["runs"][variance]
    t, model = run_ttest(script_main, folder, groups, mask, contrast, variance)
    spm_t, _ = images.load(reference / "out" / T_IMAGES[variance])
    inside = images.load(mask)[0] > 0
    sign = 1 if contrast == "G2-G1" else -1
    assert np.abs(t[inside] - sign * spm_t[inside]).max() < 2e-6
    assert np.isnan(t[~inside]).all()
    assert model["df"] == expected["df"]
    assert model["n_voxels"] == expected["n_voxels"]
    for name in ("fwhm_mm", "fwhm_voxels", "resels"):
        assert model[name] == pytest.approx(expected[name], rel=1e-9)
    own_order = expected["relative_variance"][:: sign * -1]
    assert model["relative_variance"] == pytest.approx(own_order, rel=1e-9)

    for k in (0, 94):
        found = run_clusters(script_main, folder, k)
        compare_tables(found, expected, expected["contrasts"][contrast], k)


def compare_tables(found, run, expected, k):
    clusters, peaks, summary = found
    rows = [
        dict(zip(SPM["columns"], values, strict=True))
        for values in expected["rows"][: expected[f"n_rows_k{k}"]]
    ]
    assert len(peaks) == len(rows)
    assert len(clusters) == summary["n_clusters"] == expected[f"n_clusters_k{k}"]
    left = iter(clusters)
    for ours, spms in zip(peaks, rows, strict=True):
        assert [float(ours[f"{axis}_mm"]) for axis in "xyz"] == spms["xyz_mm"]
        assert number(ours["t"]) == pytest.approx(spms["t"], abs=2e-6)
        assert number(ours["zscore"]) == pytest.approx(spms["zscore"], abs=1e-5)
        for name in ("p_unc", "p_fwe", "q_fdr"):
            assert number(ours[name]) == pytest.approx(spms[name], rel=SAME)
        if spms["n_voxels"]:
            cluster = next(left)
            assert ours["cluster"] == cluster["cluster"]
            assert number(cluster["n_voxels"]) == spms["n_voxels"]
            for name in ("cluster_p_unc", "cluster_p_fwe", "cluster_q_fdr"):
                assert number(cluster[name]) == pytest.approx(spms[name], rel=SAME)
    assert summary["height_t"] == pytest.approx(run["height_t"], abs=1e-7)
    assert summary["fwe_peak_t"] == pytest.approx(expected["fwe_peak_t"], abs=1e-6)
    assert summary["fdr_peak_t"] == pytest.approx(expected["fdr_peak_t"], abs=2e-6)
    for name in ("fwe_cluster_voxels", "fdr_cluster_voxels"):
        assert summary[name] == expected[name]
    assert summary["n_suprathreshold"] == expected[f"n_suprathreshold_k{k}"]
    if expected[f"set_p_k{k}"] is not None:
        assert summary["set_p"] == pytest.approx(expected[f"set_p_k{k}"], rel=SAME)
