import nibabel as nib
import numpy as np
import pytest

from rt1t2.receptors.region_table import COLUMNS
from rt1t2.receptors.sensitivity_table import SENSITIVITY
from rt1t2.records import read_json
from rt1t2.tables import read_tsv, write_tsv

MAPS = ("CB1_x", "D1_x", "D2_x")
N_REGIONS = 36
EVERY_VARIANT = [
    *("main", "mean_removed", "gain_removed", "without_gm", "juspace"),
    *("spatial_null", "leave_one_out", "cortex", "subcortex", "leave_one_region_out"),
]


def rows_of(kind, name, means, otherwise=None):
    pairs = zip(means, means if otherwise is None else otherwise, strict=True)
    return [
        dict(zip(COLUMNS, (kind, name, k + 1, f"r{k}", mean, 1.0, other), strict=True))
        for k, (mean, other) in enumerate(pairs)
    ]


@pytest.fixture
def study(tmp_path):
    """Write the regions of two patient groups; PSP carries the pattern of D1_x."""
    rng = np.random.default_rng(0)
    maps, gm = rng.random((3, N_REGIONS)), rng.random(N_REGIONS)
    people, participants = [], []
    for k, group in enumerate(["PSP"] * 5 + ["HC"] * 7 + ["PSPS2"] * 4):
        values = rng.normal(1.2, 0.1, N_REGIONS) + 0.4 * maps[1] * (group == "PSP")
        people += rows_of("participant", f"sub-{k:02d}", values)
        participants.append({"participant_id": f"sub-{k:02d}", "group": group})
    measured = [
        row
        for name, values in zip(MAPS, maps, strict=True)
        for row in rows_of("map", name, values, values[::-1])
    ]
    write_tsv(people, COLUMNS, tmp_path / "participant_regions.tsv")
    measured += rows_of("covariate", "GM", gm)
    write_tsv(measured, COLUMNS, tmp_path / "map_regions.tsv")
    write_tsv(measured[: -len(gm)], COLUMNS, tmp_path / "maps_only.tsv")

    labels = np.zeros((14, 14, 8), dtype=np.uint8)
    for k, corner in enumerate(np.ndindex(6, 6)):
        labels[tuple(slice(1 + 2 * c, 3 + 2 * c) for c in (*corner, 0))] = k + 1
    nib.Nifti1Image(labels, np.eye(4)).to_filename(tmp_path / "atlas.nii.gz")
    density = np.concatenate([[0], gm])[labels].astype(np.float32)
    nib.Nifti1Image(density, np.eye(4)).to_filename(tmp_path / "gm.nii.gz")
    names = [{"index": k + 1, "name": f"r{k}"} for k in range(N_REGIONS)]
    write_tsv(names, ("index", "name"), tmp_path / "atlas.tsv")
    return tmp_path, participants


def files_of(folder):
    return {
        "participant_regions": str(folder / "participant_regions.tsv"),
        "map_regions": str(folder / "map_regions.tsv"),
    }


def choices_of(participants):
    return {
        "code": "code",
        "participants": participants,
        "control_group": "HC",
        "receptors": {name: {"receptor": name[:-2], "map": name} for name in MAPS},
    }


MAIN = {"permutations": 199, "scheme": "free", "fdr_family": "pooled", "seed": 1}


def sensitivity(script_main, study, settings=None, **changed):
    folder, participants = study
    arguments = {
        **files_of(folder),
        **choices_of(participants),
        "atlas": [str(folder / "atlas.nii.gz"), str(folder / "atlas.tsv")],
        "gm_covariate": [],
        "sensitivity": str(folder / "sensitivity.tsv"),
        "about": str(folder / "sensitivity.json"),
        "settings": MAIN
        | {
            "background": "exclude",
            "surrogates": 99,
            "leave_one_out_permutations": 60,
            "parts": {"cortex": ["r"], "subcortex": ["r1", "r2"], "neither": []},
        }
        | (settings or {}),
    }
    script_main("receptor_sensitivity")(**arguments | changed)
    return read_tsv(folder / "sensitivity.tsv")


def test_one_row_a_group_variant_and_map(script_main, study):
    rows = sensitivity(script_main, study)
    assert list(rows[0]) == SENSITIVITY
    assert set(SENSITIVITY) <= set(read_json(study[0] / "sensitivity.json"))
    assert [(r["group"], r["variant"], r["map"]) for r in rows] == [
        (g, v, m) for g in ("PSP", "PSPS2") for v in EVERY_VARIANT for m in MAPS
    ]
    mine = {r["variant"]: r for r in rows if (r["group"], r["map"]) == ("PSP", "D1_x")}
    for variant in ("main", "mean_removed", "gain_removed", "without_gm"):
        assert float(mine[variant]["p"]) < 0.03
    assert mine["without_gm"]["covariate"] == "none"
    assert mine["spatial_null"]["n_permutations"] == "99"
    assert [row["randomised"] for row in (mine["main"], mine["spatial_null"])] == [
        *("n/a", "receptor_map")
    ]
    assert mine["spatial_null"]["mean_fisher_z"] == mine["main"]["mean_fisher_z"]
    left_out = mine["leave_one_out"]
    low, high = float(left_out["fisher_z_low"]), float(left_out["fisher_z_high"])
    assert low <= float(mine["main"]["mean_fisher_z"]) <= high
    assert left_out["n_omissions"] == "12"
    assert left_out["n_sign_changes"] == "0"
    assert left_out["most_influential"].startswith("sub-")
    assert left_out["p"] == left_out["p_fdr"] == "n/a"
    # the other means of the maps are theirs turned round
    assert mine["juspace"]["mean_fisher_z"] != mine["main"]["mean_fisher_z"]


def test_the_main_rows_are_those_of_the_correlations(script_main, study):
    folder, participants = study
    names = ("correlations", "regions", "individual")
    script_main("receptor_correlations")(
        **files_of(folder),
        **{name: str(folder / f"{name}.tsv") for name in names},
        null=str(folder / "null.npz"),
        **choices_of(participants),
        settings=MAIN,
    )
    expected = read_tsv(folder / "correlations.tsv")
    rows = sensitivity(script_main, study)
    found = [row for row in rows if row["variant"] == "main"]
    for row, one in zip(found, expected, strict=True):
        shared = set(row) & set(one)
        assert len(shared) == 12
        assert {k: row[k] for k in shared} == {k: one[k] for k in shared}


def test_which_map_is_randomised_is_a_choice_that_is_written_down(script_main, study):
    first = sensitivity(script_main, study)
    other = sensitivity(script_main, study, {"randomised": "ratio_map"})
    for one, row in zip(first, other, strict=True):
        if row["variant"] == "spatial_null":
            assert row["randomised"] == "ratio_map"
            assert row["mean_fisher_z"] == one["mean_fisher_z"]
        else:
            assert row == one
    p = [[r["p"] for r in t if r["variant"] == "spatial_null"] for t in (first, other)]
    assert p[0] != p[1]
    assert np.array(p[0], float) == pytest.approx(np.array(p[1], float), abs=0.2)


def test_two_runs_are_byte_identical(script_main, study):
    table = study[0] / "sensitivity.tsv"
    sensitivity(script_main, study)
    first = table.read_bytes()
    sensitivity(script_main, study)
    assert table.read_bytes() == first


def test_the_covariate_is_added_where_there_was_none(script_main, study):
    folder, _ = study
    rows = sensitivity(
        script_main,
        study,
        map_regions=str(folder / "maps_only.tsv"),
        gm_covariate=str(folder / "gm.nii.gz"),
    )
    covariates = {row["variant"]: row["covariate"] for row in rows}
    assert covariates["main"] == covariates["spatial_null"] == "none"
    assert covariates["with_gm"] == "GM"
    with_main = sensitivity(script_main, study)

    def z(rows, variant):
        found = [row for row in rows if row["variant"] == variant]
        return [float(row["mean_fisher_z"]) for row in found]

    # the image holds float32
    assert z(rows, "with_gm") == pytest.approx(z(with_main, "main"), abs=1e-6)
    assert z(rows, "main") == pytest.approx(z(with_main, "without_gm"))


def test_juspace_is_compared_with_what_is_valid(script_main, study):
    rows = sensitivity(
        script_main, study, {"background": "include", "scheme": "balanced"}
    )
    variants = dict.fromkeys(row["variant"] for row in rows)
    assert "juspace" not in variants
    assert "free" in variants


def test_what_cannot_be_done_says_why_and_stops_nothing(script_main, study):
    folder, _ = study
    # a map that the covariate explains: correlated alone, undefined given it
    rows = read_tsv(folder / "maps_only.tsv")
    gm = [row for row in read_tsv(folder / "map_regions.tsv") if row["name"] == "GM"]
    for row, grey in zip(rows[:N_REGIONS], gm, strict=True):
        row["mean"] = row["mean_other_background"] = grey["mean"]
    write_tsv(rows, COLUMNS, folder / "maps_only.tsv")
    found = sensitivity(
        script_main,
        study,
        map_regions=str(folder / "maps_only.tsv"),
        gm_covariate=str(folder / "gm.nii.gz"),
    )
    undefined = [row for row in found if row["note"] != "n/a"]
    assert {row["variant"] for row in undefined} == {"with_gm"}
    assert {row["p"] for row in undefined} == {"n/a"}
    assert all("CB1_x is undefined" in row["note"] for row in undefined)


@pytest.mark.filterwarnings("error")
def test_missing_regions_cost_what_they_must_and_no_more(script_main, study):
    folder, participants = study
    whole = sensitivity(script_main, study)
    people, maps = (
        read_tsv(folder / f"{name}.tsv")
        for name in ("participant_regions", "map_regions")
    )

    def erase(rows, name, region):
        for row in rows:
            if name in (row["name"], "*") and row["region"] == region:
                row["mean"] = row["mean_other_background"] = "n/a"

    erase(people, "sub-00", "5")  # a lesion of one patient
    erase(maps, "D2_x", "7")  # a map that does not reach a region
    write_tsv(people, COLUMNS, folder / "participant_regions.tsv")
    write_tsv(maps, COLUMNS, folder / "map_regions.tsv")
    rows = sensitivity(script_main, (folder, participants))
    counted = {
        (r["group"], r["map"]): int(r["n_regions"])
        for r in rows
        if r["variant"] == "spatial_null"
    }
    assert counted == {
        ("PSP", "CB1_x"): 35,
        ("PSP", "D1_x"): 35,
        ("PSP", "D2_x"): 34,
        ("PSPS2", "CB1_x"): 36,
        ("PSPS2", "D1_x"): 36,
        ("PSPS2", "D2_x"): 35,
    }
    # JuSpace leaves the region that one map does not reach out for every map
    assert {
        (r["group"], r["n_regions"], r["n_regions_most"])
        for r in rows
        if r["variant"] == "juspace"
    } == {("PSP", "34", "34"), ("PSPS2", "35", "35")}
    untouched, before = (
        [
            r
            for r in table
            if (r["group"], r["map"] == "D2_x") == ("PSPS2", False)
            and r["variant"] != "juspace"
        ]
        for table in (rows, whole)
    )
    kept = ("variant", "map", "n_extreme", "n_significance_changes", "note")
    assert [[r[k] for k in kept] for r in untouched] == [
        [r[k] for k in kept] for r in before
    ]

    for row in people:  # a region that nobody has is as if it were not there
        erase([row], row["name"], "9")
    write_tsv(people, COLUMNS, folder / "participant_regions.tsv")
    rows = sensitivity(script_main, (folder, participants))
    assert {r["note"] for r in rows} == {"n/a"}
    fewest = [int(r["n_regions"]) for r in rows if r["variant"] == "main"]
    assert fewest == [34, 34, 33, 35, 35, 34]


def test_one_patient_is_a_group(script_main, study):
    folder, participants = study
    rows = read_tsv(folder / "participant_regions.tsv")
    alone = [row for row in rows if row["name"] == "sub-00" or row["name"] > "sub-04"]
    write_tsv(alone, COLUMNS, folder / "participant_regions.tsv")
    found = sensitivity(script_main, (folder, participants))
    mine = [r for r in found if (r["group"], r["variant"]) == ("PSP", "leave_one_out")]
    assert [row["n_omissions"] for row in mine] == ["7"] * 3
