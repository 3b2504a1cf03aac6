import numpy as np
import pytest
from scipy import stats

from rt1t2.errors import UserError
from rt1t2.tables import read_tsv, write_tsv

COLUMNS = ("kind", "name", "region", "label", "mean", "coverage")
MAPS = ("CB1_x", "D1_x", "D2_x")
CORRELATIONS = (
    "group receptor map n_participants n_regions mean_fisher_z mean_rho n_extreme "
    "n_permutations p p_fdr n_fdr_tests map_n map_note other_maps n_regions_most"
).split()
OUTPUTS = {
    "correlations": "correlations.tsv",
    "regions": "regions.tsv",
    "null": "null.npz",
    "individual": "individual.tsv",
}


def rows_of(kind, name, means):
    return [
        {
            "kind": kind,
            "name": name,
            "region": k,
            "label": f"r{k}",
            "mean": m,
            "coverage": 1.0,
        }
        for k, m in enumerate(means)
    ]


def study(folder, groups):
    """Write the regions of a cohort whose patients carry the pattern of D1_x."""
    rng = np.random.default_rng(0)
    maps, gm = rng.random((3, 30)), rng.random(30)
    participants, rows = [], []
    for k, group in enumerate(groups):
        values = rng.normal(1.2, 0.1, 30) + (0.4 * maps[1] if group != "HC" else 0)
        rows += rows_of("participant", f"sub-{k:02d}", values)
        participants.append({"participant_id": f"sub-{k:02d}", "group": group})
    write_tsv(rows, COLUMNS, folder / "participant_regions.tsv")
    measured = [
        r for n, m in zip(MAPS, maps, strict=True) for r in rows_of("map", n, m)
    ]
    write_tsv(
        [*measured, *rows_of("covariate", "GM", gm)],
        COLUMNS,
        folder / "map_regions.tsv",
    )
    return participants


def correlate(script_main, folder, participants, out=".", family="pooled", **changed):
    (folder / out).mkdir(exist_ok=True)
    arguments = {
        "participant_regions": str(folder / "participant_regions.tsv"),
        "map_regions": str(folder / "map_regions.tsv"),
        "code": "code",
        "participants": participants,
        "control_group": "HC",
        "receptors": {name: {"receptor": name[:-2], "map": name} for name in MAPS},
        "settings": {
            "permutations": 200,
            "scheme": "free",
            "fdr_family": family,
            "seed": 1,
        },
    }
    arguments |= {key: str(folder / out / name) for key, name in OUTPUTS.items()}
    script_main("receptor_correlations")(**arguments | changed)
    return read_tsv(folder / out / "correlations.tsv")


def test_tables_and_null_of_two_groups(script_main, tmp_path):
    participants = study(tmp_path, ["PSPS2"] * 4 + ["HC"] * 6 + ["PSP"] * 5)
    rows = correlate(script_main, tmp_path, participants)
    assert list(rows[0]) == CORRELATIONS
    assert [(r["group"], r["map"]) for r in rows] == [
        (g, m) for g in ("PSPS2", "PSP") for m in MAPS
    ]
    for group in ("PSPS2", "PSP"):
        z = {r["map"]: float(r["mean_fisher_z"]) for r in rows if r["group"] == group}
        assert max(z, key=z.get) == "D1_x"

    single = read_tsv(tmp_path / "individual.tsv")
    mine = [r for r in single if r["group"] == "PSP" and r["map"] == "D1_x"]
    row = next(r for r in rows if r["group"] == "PSP" and r["map"] == "D1_x")
    assert (row["n_participants"], row["n_regions"], row["receptor"]) == (
        "5",
        "30",
        "D1",
    )
    assert [r["participant_id"] for r in mine] == [f"sub-{k}" for k in range(10, 15)]
    assert float(row["mean_rho"]) == pytest.approx(
        np.mean([float(r["rho"]) for r in mine])
    )
    assert float(row["mean_fisher_z"]) == pytest.approx(
        np.mean(np.arctanh([float(r["rho"]) for r in mine]))
    )

    null = np.load(tmp_path / "null.npz")
    assert null["maps"].tolist() == list(MAPS)
    extreme = np.abs(null["PSP"][:, 1]) >= abs(float(row["mean_fisher_z"]))
    assert null["PSP"].shape == (200, 3)
    assert int(row["n_extreme"]) == extreme.sum()
    assert float(row["p"]) == pytest.approx((extreme.sum() + 1) / 201)
    kinds = [r["kind"] for r in read_tsv(tmp_path / "regions.tsv")]
    assert [kinds.count(k) for k in ("participant", "map", "covariate")] == [
        450,
        90,
        30,
    ]


def test_which_map_stands_for_a_receptor_is_written(script_main, tmp_path):
    participants = study(tmp_path, ["HC"] * 6 + ["PSP"] * 5)
    receptors = {name: {"receptor": name[:-2], "map": name} for name in MAPS}
    receptors["D1_x"] |= {
        "n": "204",
        "note": "ambiguous",
        "other_maps": "D1_y (n = 39)",
    }
    rows = correlate(script_main, tmp_path, participants, receptors=receptors)
    written = [[row[k] for k in ("map_n", "map_note", "other_maps")] for row in rows]
    assert written == [["n/a"] * 3, ["204", "ambiguous", "D1_y (n = 39)"], ["n/a"] * 3]


def test_two_runs_are_byte_identical_and_a_group_does_not_depend_on_the_others(
    script_main, tmp_path
):
    participants = study(tmp_path, ["PSP"] * 4 + ["HC"] * 6 + ["PSPS2"] * 4)
    both = correlate(script_main, tmp_path, participants, "a")
    correlate(script_main, tmp_path, participants, "b")
    for name in OUTPUTS.values():
        assert (tmp_path / "a" / name).read_bytes() == (
            tmp_path / "b" / name
        ).read_bytes()
    lines = (tmp_path / "participant_regions.tsv").read_text().splitlines()
    left = [line for line in lines if line.split("\t")[1] < "sub-10"]
    (tmp_path / "participant_regions.tsv").write_text("\n".join(left) + "\n")
    alone = correlate(script_main, tmp_path, participants, "c")
    assert [r["p"] for r in alone] == [r["p"] for r in both if r["group"] == "PSP"]


def test_the_family_of_the_adjustment_is_the_one_asked_for(script_main, tmp_path):
    participants = study(tmp_path, ["PSP"] * 4 + ["HC"] * 6 + ["PSPS2"] * 4)
    for family, size in (("pooled", 6), ("group", 3)):
        rows = correlate(script_main, tmp_path, participants, family=family)
        first = [r for r in rows if family == "pooled" or r["group"] == "PSP"]
        smallest = min(first, key=lambda r: float(r["p"]))
        assert {r["n_fdr_tests"] for r in rows} == {str(size)}
        ties = sum(r["p"] == smallest["p"] for r in first)
        assert float(smallest["p_fdr"]) <= float(smallest["p"]) * size / ties + 1e-12


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        (["PSP"] * 4, "z scores need 3 controls, and the group HC has 0"),
        (["PSP"] * 4 + ["HC"] * 2, "z scores need 3 controls, and the group HC has 2"),
        (["HC"] * 4, "no participant of a patient group"),
    ],
)
def test_too_few_controls_or_patients_leave_empty_tables(
    script_main, tmp_path, caplog, groups, reason
):
    participants = study(tmp_path, groups)
    assert correlate(script_main, tmp_path, participants) == []
    assert reason in caplog.text
    assert (
        (tmp_path / "correlations.tsv").read_text().startswith("group\treceptor\tmap")
    )
    assert np.load(tmp_path / "null.npz")["maps"].tolist() == list(MAPS)
    assert read_tsv(tmp_path / "individual.tsv") == []


def test_a_region_undefined_in_one_patient_is_out_for_all_as_in_juspace(
    script_main, tmp_path
):
    participants = study(tmp_path, ["PSP"] * 4 + ["HC"] * 6)
    people = read_tsv(tmp_path / "participant_regions.tsv")
    for row in people:
        if (row["name"], row["region"]) == ("sub-01", "5"):
            row["mean"] = "n/a"
    write_tsv(people, COLUMNS, tmp_path / "participant_regions.tsv")
    maps_only = [
        row for row in read_tsv(tmp_path / "map_regions.tsv") if row["kind"] == "map"
    ]
    write_tsv(maps_only, COLUMNS, tmp_path / "map_regions.tsv")
    found = {}
    for missing in ("pairwise", "listwise"):
        settings = {"permutations": 20, "scheme": "free", "fdr_family": "pooled"}
        settings |= {"seed": 1, "missing": missing}
        rows = correlate(script_main, tmp_path, participants, settings=settings)
        individual = read_tsv(tmp_path / "individual.tsv")
        found[missing] = (
            {(row["n_regions"], row["n_regions_most"]) for row in rows},
            [row["n_regions"] for row in individual if row["map"] == "D1_x"],
        )
    assert found["pairwise"] == ({("29", "30")}, ["30", "29", "30", "30"])
    assert found["listwise"] == ({("29", "29")}, ["29"] * 4)
    # and by brute force: z against the controls, ranks over the regions that all have
    values = np.array([float(r["mean"].replace("n/a", "nan")) for r in people])
    values = values.reshape(len(participants), -1)
    maps = np.array(
        [float(r["mean"]) for r in read_tsv(tmp_path / "map_regions.tsv")][:30]
    )
    use = np.isfinite(values).all(axis=0)
    controls = values[4:, use]
    z = (values[:4, use] - controls.mean(axis=0)) / controls.std(axis=0, ddof=1)
    expected = np.mean([np.arctanh(stats.spearmanr(p, maps[use]).statistic) for p in z])
    first = next(row for row in rows if row["map"] == MAPS[0])
    assert float(first["mean_fisher_z"]) == pytest.approx(expected, abs=1e-12)


def test_one_region_is_too_few(script_main, tmp_path):
    participants = study(tmp_path, ["PSP"] * 4 + ["HC"] * 6)
    for name in ("participant_regions", "map_regions"):
        rows = [r for r in read_tsv(tmp_path / f"{name}.tsv") if r["region"] == "0"]
        write_tsv(rows, COLUMNS, tmp_path / f"{name}.tsv")
    with pytest.raises(UserError, match=r"1 of 1 atlas regions .* 10 are needed"):
        correlate(script_main, tmp_path, participants)


def test_one_patient_is_enough(script_main, tmp_path):
    participants = study(tmp_path, ["PSP"] + ["HC"] * 9)
    rows = correlate(script_main, tmp_path, participants)
    assert {row["n_participants"] for row in rows} == {"1"}
    # among 10 labellings one is the true one
    assert min(float(row["p"]) for row in rows) > 0.05
