"""Designs of slopes, visits and several groups: SPM12's numbers, statsmodels, and messages."""

import csv
import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.contrasts import covariates_of, rows_of
from rt1t2.errors import UserError
from rt1t2.group.cluster_evidence import EvidenceMaps
from rt1t2.group.contrast_design import (
    contrast_design,
    with_columns,
    with_metrics,
)
from rt1t2.group.contrast_tables import contrast_tables
from rt1t2.group.design import read_design
from rt1t2.group.maps import in_volume
from rt1t2.group.model import fit_groups, sum_groups
from rt1t2.group.two_sample import model_record, two_sample_t

GROUPS = ["A", "B", "C"]
SAME = 5e-5  # four significant digits


def design_of(contrast, rows, covariates=(), groups=GROUPS):
    contrast = {"name": "test", **contrast}
    chosen = rows_of(contrast, rows, groups)
    return contrast_design(contrast, chosen, covariates_of(contrast, covariates))


def people(seed=0, sizes=(7, 9, 8)):
    rng = np.random.default_rng(seed)
    return [
        {"participant_id": f"sub-{g}{i}", "group": g}
        | {"score": f"{rng.normal(50, 10):.2f}", "age": f"{rng.normal(60, 9):.1f}"}
        | {"sex": "MF"[i % 2], "person": "n/a"}
        for g, n in zip(GROUPS, sizes, strict=True)
        for i in range(n)
    ]


# --- SPM12 -------------------------------------------------------------------------------------

IN_G2 = {"group": "g2"}
RUNS = [
    ("regression", {"slope": "score", "groups": ["g2"], "covariates": ["age"]}, 0),
    ("regression", {"slope": "score", "groups": ["g2"], "covariates": ["age"],
                    "direction": "falls"}, 1),
    ("paired", {"column": "visit", "plus": "1", "minus": "2", "within": "pair"}, 0),
    ("paired", {"column": "visit", "plus": "2", "minus": "1", "within": "pair"}, 1),
    ("slopes", {"slope": "score", "plus": "g2", "minus": "g1"}, 0),
    ("slopes", {"slope": "score", "plus": "g1", "minus": "g2"}, 1),
    ("slopes", {"slope": "score", "any_of": ["g1", "g2"]}, 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def spm(shared):
    """Return mask, affine, maps by name, rows and SPM's numbers."""
    folder = shared / "reference"
    mask, affine = images.load(folder / "spm_ttest/in/mask.nii.gz")
    with (folder / "spm_designs/covariates.tsv").open() as file:
        rows = [
            {"participant_id": row.pop("id"), **row}
            for row in csv.DictReader(file, delimiter="\t")
        ]
    maps = {
        row["participant_id"]: images.load(
            folder / f"spm_ttest/in/{row['participant_id']}.nii.gz"
        )[0][mask > 0]
        for row in rows
    }
    numbers = json.loads((folder / "spm_designs/designs_reference.json").read_text())
    return mask > 0, affine, maps, rows, numbers["runs"], folder / "spm_designs/out"


@pytest.mark.shared
@pytest.mark.parametrize(("run", "contrast", "index"), RUNS)
def test_spms_numbers(spm, run, contrast, index):
    mask, affine, maps, rows, runs, out = spm
    expected, spms = runs[run], runs[run]["contrasts"][index]
    plan = design_of(contrast, rows, groups=["g1", "g2"])
    y = np.stack([maps[name] for name in plan.scans]).astype(float)
    if plan.subtrahends:
        n = len(plan.participants)
        y = y[:n] - y[n:]
    test = two_sample_t(y, plan, mask, "unequal", "exclude_voxel")
    record = model_record(test, plan, "test", [], "unequal", "exclude_voxel", [2, 2, 2])
    assert record.df == round(expected["erdf"])
    assert record.resels == pytest.approx(expected["R"], rel=1e-6)
    assert record.fwhm_voxels == pytest.approx(expected["FWHM_vox"], rel=1e-6)
    if run == "slopes":
        # SPM's order of the groups is g1, g2
        own = dict(zip(plan.levels, test.fit.variances, strict=True))
        assert [own["g1"], own["g2"]] == pytest.approx([1.001848, 0.998870], abs=1e-6)
    if spms["map"]:
        spm_map = images.load(out.parent / spms["map"])[0][mask]
        atol = 1e-5 if plan.statistic == "t" else 0
        rtol = 0 if plan.statistic == "t" else 2e-5
        large = spm_map > 1 if plan.statistic == "F" else np.full(len(spm_map), True)
        assert np.allclose(test.fit.t[large], spm_map[large], atol=atol, rtol=rtol)
    for table in (r for r in expected["results"] if r["contrast"] == spms["name"]):
        compare(test, record, mask, affine, table)


def compare(test, record, mask, affine, table):
    """Every value of one of SPM's tables."""
    names = ("hedges_g", "hedges_g_low", "hedges_g_high", "log10_bf10")
    zeros = {name: np.zeros(mask.shape) for name in names}
    p = dict.fromkeys(("cluster_p_fwe_permutation", "tfce_p_fwe"), np.zeros(mask.shape))
    found = contrast_tables(
        *(in_volume(values, mask) for values in (test.fit.t, test.fit.df)),
        affine,
        record,
        EvidenceMaps(zeros, p, np.zeros(mask.shape), 1),
        [{"cluster": str(i), "participant_id": "x", "found": "yes", "peak_t": "1"}
         for i in range(1, 99)],
        None,
        0.001,
        table["k"],
    ).inference  # fmt: skip
    assert [table["df"][0], table["df"][1]] == pytest.approx(
        [record.df_effect, record.df]
    )
    summary = found.summary
    assert summary.height_t == pytest.approx(table["u"], rel=1e-7)
    spms = [float(v) for v in table["uc_FWEp_FDRp_FWEc_FDRc"]]
    assert summary.fwe_peak_t == pytest.approx(spms[0], rel=1e-5)
    for value, other in zip(
        (summary.fdr_peak_t, summary.fwe_cluster_voxels, summary.fdr_cluster_voxels),
        spms[1:],
        strict=True,
    ):
        assert (np.inf if value is None else value) == pytest.approx(other, rel=1e-4)
    assert summary.n_suprathreshold == table["n_suprathreshold_voxels"]
    clusters = iter(found.clusters)
    assert len(found.peaks) == len(table["rows"])
    for peak, row in zip(found.peaks, table["rows"], strict=True):
        assert [peak.x_mm, peak.y_mm, peak.z_mm] == row["xyz_mm"]
        statistic = row.get("peak_T", row.get("peak_F"))
        assert peak.t == pytest.approx(statistic, rel=SAME)
        assert peak.zscore == pytest.approx(row["peak_Z"], rel=SAME)
        for name, spm_name in (("p_unc", "punc"), ("p_fwe", "pFWE"), ("q_fdr", "qFDR")):
            assert getattr(peak, name) == pytest.approx(
                row[f"peak_{spm_name}"], rel=SAME
            )
        if "cluster_kE" in row:
            cluster = next(clusters)
            assert cluster.n_voxels == row["cluster_kE"]
            assert cluster.cluster_p_unc == pytest.approx(row["cluster_punc"], rel=SAME)
            assert cluster.cluster_p_fwe == pytest.approx(row["cluster_pFWE"], rel=SAME)
            assert cluster.cluster_q_fdr == pytest.approx(row["cluster_qFDR"], rel=SAME)
        if "set_p" in row:
            assert summary.set_p == pytest.approx(row["set_p"], rel=SAME)


# --- other libraries ---------------------------------------------------------------------------


def fitted(design, y, variance="equal"):
    sums = sum_groups(y, design, y.shape[1], "exclude_voxel")
    return fit_groups(sums, design, variance)


def own_matrix(rows, *columns):
    return np.column_stack(
        [
            *(np.array([row["group"] == g for row in rows], float) for g in GROUPS),
            *columns,
        ]
    )


@pytest.mark.parametrize(
    ("contrast", "weights"),
    [
        ({"slope": "score"}, [[0, 0, 0, 1, 0]]),
        ({"any_of": GROUPS}, [[1, -1, 0, 0, 0], [0, 1, -1, 0, 0]]),
    ],
)
def test_t_and_f_are_statsmodels(contrast, weights):
    api = pytest.importorskip("statsmodels.api")
    rows, rng = people(), np.random.default_rng(1)
    y = rng.standard_normal((len(rows), 5))
    design = design_of({**contrast, "covariates": ["age", "score"]} if "any_of" in contrast
                       else contrast, rows, ["age"])  # fmt: skip
    score, age = (np.array([float(row[c]) for row in rows]) for c in ("score", "age"))
    x = own_matrix(rows, score, age)
    if "any_of" in contrast:  # its columns are groups, age, score
        x = own_matrix(rows, age, score)
    found = fitted(design, y)
    for voxel in range(5):
        test = api.OLS(y[:, voxel], x).fit()
        expected = (
            test.tvalues[3]
            if "slope" in contrast
            else float(test.f_test(np.array(weights)).fvalue)
        )
        assert found.t[voxel] == pytest.approx(expected, rel=2e-5, abs=1e-6)
    assert (design.df, design.rank) == (len(rows) - 5, len(weights))


def test_visits_are_scipys_paired_t():
    from scipy import stats

    rows = [
        {"participant_id": f"sub-{v}{i}", "group": "A", "person": f"p{i}", "visit": v}
        | {"age": str(50 + i), "dose": str(3 * i if v == "after" else (i * i) % 7)}
        for v in ("before", "after")
        for i in (range(9) if v == "before" else range(1, 10))  # p0 and p9 came once
    ]
    contrast = {
        "column": "visit",
        "plus": "after",
        "minus": "before",
        "within": "person",
    }
    plan = design_of(contrast, rows, ["age"])  # age does not change, and is left out
    assert plan.columns == ["after-before"]
    assert plan.participants == [f"sub-after{i}" for i in range(1, 9)]
    assert plan.subtrahends == [f"sub-before{i}" for i in range(1, 9)]
    y = np.random.default_rng(2).standard_normal((2, 8, 4))
    found = fitted(plan, y[0] - y[1])
    assert found.t == pytest.approx(stats.ttest_rel(y[0], y[1]).statistic, rel=2e-5)
    assert found.effective_n.tolist() == [8] * 4
    # a covariate that changes enters by its difference
    plan = design_of(contrast, rows, ["dose"])
    assert plan.columns == ["after-before", "dose"]
    dose = [3 * i - (i * i) % 7 for i in range(1, 9)]
    assert plan.matrix[:, 1].tolist() == pytest.approx(dose)


def test_a_design_survives_its_files(tmp_path):
    for contrast in ({"slope": "score", "plus": "A", "minus": "B"}, {"any_of": GROUPS}):
        design = design_of(contrast, people(), ["age"])
        design.save(tmp_path / "design.tsv")
        found = read_design(tmp_path / "design.tsv")
        for name, value in vars(design).items():
            assert np.array_equal(getattr(found, name), value), name


# --- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contrast", "changes", "message"),
    [
        ({"slope": "sex"}, {}, "sex holds words, and a slope needs numbers"),
        ({"slope": "iq"}, {}, "iq is not a column"),
        ({"slope": "score"}, {"score": "5"}, "score is 5 for everybody"),
        ({"slope": "score", "plus": "A", "minus": "B"},
         {"score": lambda row: "5" if row["group"] == "A" else row["score"]},
         r"score@A is determined by .*\(A, score@B\)|score@A is determined by .*\(A\)"),
        ({"slope": "score", "covariates": ["age"]}, {"age": lambda row: row["score"]},
         r"age is determined by .*\(score\)"),
        ({"column": "sex", "plus": "M", "minus": "X"}, {}, "sex X has 0 analysed"),
        ({"column": "centre", "plus": "a", "minus": "b"}, {}, "centre is not a column"),
        ({"column": "sex", "plus": "M", "minus": "F", "within": "person"}, {},
         "0 of the person column have a row with sex `M` and one with `F`"),
        ({"any_of": GROUPS}, {"person": lambda row: "p" + row["participant_id"][-1]},
         "sub-A0 and sub-B0 are of one person"),
        ({"any_of": GROUPS, "only": {"visit": "1"}}, {}, "visit is not a column"),
    ],
)  # fmt: skip
def test_designs_that_cannot_be(contrast, changes, message):
    rows = [
        row
        | {
            name: value(row) if callable(value) else value
            for name, value in changes.items()
        }
        for row in people()
    ]
    with pytest.raises(UserError, match=message):
        design_of(contrast, rows)


def test_a_group_that_its_columns_fit_exactly_is_refused():
    rows = people(sizes=(2, 9, 8))
    with pytest.raises(UserError, match="group A has 2 participants, too few"):
        design_of({"slope": "score", "plus": "A", "minus": "B"}, rows)


def test_quality_control_is_a_covariate_by_name(tmp_path):
    rows = people()[:3]
    table = tmp_path / "metrics.tsv"
    table.write_text("participant_id\tvolume_ml\nsub-A0\t1400\nsub-A1\tn/a\n")
    known = with_metrics(rows, str(table))
    assert [row["qc:volume_ml"] for row in known] == ["1400", "n/a", "n/a"]
    assert with_metrics(rows, []) == rows
    protocols = tmp_path / "protocols.tsv"
    protocols.write_text(
        "participant_id\tprotocol\n" + "".join(f"sub-A{i}\tp\n" for i in range(3))
    )
    both = with_columns(rows, [str(protocols), str(table)])
    assert [row["protocol"] for row in both] == ["p"] * 3
    assert both[0]["qc:volume_ml"] == "1400"
