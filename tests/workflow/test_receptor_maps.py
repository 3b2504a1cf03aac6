"""The receptor stage on real maps: finished ratio maps in, table 3 and figure 2 out.

The reference maps of JuSpace enter as participants, once with its choices and once with
the defaults; the receptor maps and the atlas come from the mirror.
"""

import csv
import json

import numpy as np
import pytest

pytestmark = pytest.mark.shared

N_PATIENTS, N_CONTROLS = 11, 18
JUSPACE = {"background": "include", "scheme": "balanced"}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture
def real_study(study, shared):
    """Return the study with the reference maps as its participants."""
    study.rows.clear()
    inputs = shared / "reference/juspace/inputs"
    for group, kind, n in (("HC", "con", N_CONTROLS), ("PSP", "pat", N_PATIENTS)):
        for k in range(1, n + 1):
            path = str(inputs / f"{kind}{k:02d}.nii.gz")
            study.add(f"sub-{kind}{k:02d}", group, t1w="n/a", t2w="n/a", map=path)
    covariate = shared / "reference/juspace/gm_covariate_grey_white.nii.gz"
    study.config["receptors"] = {
        **JUSPACE,
        "atlas": {"labels": "neuromorphometrics_119.tsv"},
        "gm_covariate": str(covariate),
        "sensitivity": {"surrogates": 199, "leave_one_out_permutations": 99},
    }
    study.config["resources"] = {"mirror": str(shared / "data")}
    return study


@pytest.fixture
def reference(shared):
    path = shared / "reference/juspace/juspace_reference.json"
    return json.loads(path.read_text())


def test_juspaces_numbers_from_images_to_table_3(
    snakemake, real_study, reference, tmp_path
):
    targets = ("receptors", "table_3", "figure_2")
    run = snakemake(*targets, "--configfile", real_study.write())
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    results = tmp_path / "run/results"

    column = {name.removesuffix(".nii"): k for k, name in enumerate(reference["pet"])}
    expected = reference["cases"]["clean"]["gm_partial"]
    found = rows(results / "receptors/correlations.tsv")
    assert sorted(row["map"] for row in found) == sorted(column)
    order = [column[row["map"]] for row in found]
    z = [float(row["mean_fisher_z"]) for row in found]
    assert z == pytest.approx([expected["res"][k] for k in order], abs=1e-12)
    p = np.array([float(row["p"]) for row in found])
    true_p = np.array([expected["p_exact"][k] for k in order])
    # both are estimates from 10,000 permutations
    error = np.sqrt(2 * true_p * (1 - true_p) / 10_000)
    assert (np.abs(p - true_p) <= 4 * error + 1e-4).all()
    assert {row["n_regions"] for row in found} == {"119"}

    printed = {row["Map"]: row for row in rows(results / "paper/table_3.tsv")}
    for name, k in column.items():
        cell = printed[name]["Post-stroke pain (n = 11): mean Fisher z"]
        assert cell == f"{expected['res'][k]:.4f}"
    for name in ("paper/figure_2.png", "paper/figure_2.svg"):
        assert (results / name).stat().st_size > 10_000

    # what is valid stands beside it: background left out, free relabelling
    sensitivity = rows(results / "receptors/sensitivity.tsv")
    valid = [row for row in sensitivity if row["variant"] == "free"]
    z = [float(row["mean_fisher_z"]) for row in valid]
    excluded = reference["python_only_extras"]["res_pet_background_excluded"]
    assert z == pytest.approx([excluded[k] for k in order], abs=1e-4)
    # and the choice where a receptor has several maps
    (mu,) = (row for row in found if row["receptor"] == "MU")
    assert (mu["map"], mu["map_n"]) == ("MU_CARFENTANIL_c11", "204")
    assert mu["other_maps"] == (
        "MU_carfentanil_hc39_turtonen (n = 39); MOR_carfentanil_HC204_kantonen2020 (n = 204); "
        "MOR_carfentanil_HC39_turtonen2021 (n = 39)"
    )
