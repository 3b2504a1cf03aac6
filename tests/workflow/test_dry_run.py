"""The DAG over several configurations: which rules run, for whom."""

import re

import pytest

from .conftest import ROOT, study_of_four

LOCAL = set(
    re.search(r"localrules:\n((?:    \w+,\n)+)", (ROOT / "Snakefile").read_text())[1]
    .replace(",", "")
    .split()
)


def counts(text: str) -> dict[str, int]:
    """Return the job counts that a dry run prints."""
    return {
        name: int(n)
        for name, n in re.findall(r"^([a-z][a-z0-9_]+)\s+(\d+)$", text, flags=re.M)
    }


def jobs(run) -> dict[str, int]:
    """Return the job counts of a dry run that did not fail."""
    assert run.returncode == 0, run.stdout + run.stderr
    return counts(run.stdout + run.stderr)


@pytest.fixture(scope="module")
def plan_of_four(tmp_path_factory, run_in) -> str:
    """Return the plan of four people, both directions; one scanned twice, two left out."""
    top = tmp_path_factory.mktemp("four")
    study = study_of_four(top / "study")
    mirrored = {"name": "PSP-HC", "plus": "PSP", "minus": "HC"}
    study.config["contrasts"].append(mirrored)
    study.add("sub-01b", "HC", retest_of="sub-01")
    study.add("sub-05", "PSP", exclude="motion")
    study.add("sub-06", "PSP", t2w="n/a")
    run = run_in(top / "run", "-n", "-p", "--configfile", study.write())
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def test_every_scan_that_is_not_left_out_has_its_jobs(plan_of_four):
    count = counts(plan_of_four)
    for rule in (
        *("import_participant", "conform", "head_prior", "estimate_bias"),
        *("correct_bias", "segment", "reference_tissues", "normalise", "calibrate"),
        *("ratio_map", "to_template", "smooth", "qc_participant"),
    ):
        assert count[rule] == 5
    for rule in ("group_mask", "receptor_correlations", "figure_4", "report"):
        assert count[rule] == 1
    assert not any(name.startswith("simulate") for name in count)


def test_both_directions_share_one_permutation_and_one_error_rate(plan_of_four):
    count = counts(plan_of_four)
    for rule in ("group_ttest", "group_clusters", "group_leave_one_out"):
        assert count[rule] == 2
    assert count["group_permutation"] == count["group_error_rate"] == 1


def test_a_repeated_scan_is_processed_but_not_analysed(plan_of_four):
    mask = re.search(r"rule group_mask:\n\s+input: (.*)", plan_of_four)[1]
    assert mask.count("_desc-smoothed_") == 4
    assert "sub-01b" not in mask


def test_the_protocol_is_a_covariate_only_where_asked_for(snakemake, study):
    count = jobs(snakemake("group", "-n", "--configfile", study.write()))
    assert "protocols" not in count
    assert count["group_clusters"] == 1
    assert "receptor_correlations" not in count, "a target runs what it needs"
    study.config["statistics"] = {"covariates": ["protocol"]}
    count = jobs(snakemake("group", "-n", "--configfile", study.write()))
    assert count["protocols"] == 1


def test_templates_take_the_place_of_the_controls(snakemake, study):
    study.config["calibration"] = {
        "templates": {"t1w": study.image("t1.nii.gz"), "t2w": study.image("t2.nii.gz")}
    }
    run = snakemake("-n", "-p", "--configfile", study.write())
    count = jobs(run)
    assert count["reference_tissues"] == 5
    assert count["ratio_map"] == count["qc_participant"] == 4
    text = run.stdout + run.stderr
    used = re.search(r"rule calibration_reference:\n\s+input: (.*)", text)[1]
    assert used.endswith("sub-templates_desc-landmarks_stats.json")


def test_a_contrast_of_a_default_group_needs_that_group_among_the_own(snakemake, study):
    study.config["contrasts"].append({"name": "A", "plus": "HC", "minus": "PSPS2"})
    run = snakemake("-n", "--configfile", study.write())
    assert run.returncode
    assert "names the group `PSPS2`; the groups are HC, PSP." in run.stdout + run.stderr


def test_the_papers_configuration(snakemake, study):
    count = jobs(snakemake("-n", "--configfile", "config/paper.yaml", study.write()))
    assert count["ratio_map"] == 4


def test_finished_maps_enter_at_group_statistics(snakemake, study):
    study.rows.clear()
    for number in range(4):
        name = f"sub-{number:02d}"
        group = "HC" if number < 2 else "PSP"
        study.add(
            name, group, t1w="n/a", t2w="n/a", map=study.image(f"{name}_map.nii.gz")
        )
    count = jobs(snakemake("-n", "--configfile", study.write()))
    assert count["group_ttest"] == 1
    assert "import_participant" not in count
    assert "normalise" not in count


def test_a_bids_data_set(snakemake, study):
    for row in study.rows:
        folder = study.folder / "bids" / row["participant_id"] / "anat"
        folder.mkdir(parents=True)
        for suffix in ("T1w", "T2w"):
            source = study.folder / row[suffix.lower()]
            source.rename(folder / f"{row['participant_id']}_{suffix}.nii.gz")
            row[suffix.lower()] = "n/a"
    study.config["bids_dir"] = str(study.folder / "bids")
    count = jobs(snakemake("-n", "--configfile", study.write()))
    assert count["import_participant"] == 4


TARGETS = (
    *("preprocess", "group", "receptors", "qc", "paper", "report"),
    *("table_1", "table_2", "table_3", "tables_docx", "methods_docx"),
    *("figure_1", "figure_2", "figure_3", "figure_4"),
)


def test_named_targets_need_no_file_name(snakemake, study):
    count = jobs(snakemake(*TARGETS, "-n", "--configfile", study.write()))
    assert count["report"] == 1
    assert "all" not in count


def test_a_target_runs_what_it_needs_and_nothing_else(snakemake, study):
    count = jobs(snakemake("figure_4", "-n", "--configfile", study.write()))
    assert count["ratio_map"] >= 1
    assert "group_mask" not in count


def test_the_demo(snakemake):
    count = jobs(snakemake("-n", "--configfile", "config/demo.yaml"))
    assert count["simulate_archive"] == 1
    assert count["simulate_participant"] == count["import_participant"]
    assert count["simulate_participant"] > count["simulate_dicom"]


def test_a_participant_is_one_cluster_job_and_the_cohort_a_few(snakemake):
    """At most one for each of the demo's 19 scanned people, and ten more."""
    profile = ("--workflow-profile", "config/profiles/slurm")
    run = snakemake("-n", *profile, "--configfile", "config/demo.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    text = run.stdout + run.stderr
    bundles = re.findall(r"Group job (\w+)", text)
    alone = set(re.findall(r"^rule (\w+):", text, flags=re.M)) - LOCAL
    assert bundles.count("participant") == 19
    assert alone == {"calibration_reference"}
    assert len(bundles) + len(alone) <= 19 + 11


def test_a_transmit_field_is_copied_placed_and_shared_for_those_who_have_one(
    snakemake, study
):
    names = [study.image(f"sub-02_acq-tr{n}_TB1AFI.nii.gz") for n in (1, 2)]
    study.rows[1]["b1"] = names[1]
    run = snakemake("all", "share", "-n", "-p", "--configfile", study.write())
    count = jobs(run)
    assert count["import_transmit_map"] == count["deface_transmit_map"] == 2
    assert count["transmit_map"] == 1
    assert count["estimate_bias"] == count["deface"] == 4
    packed = re.search(r"rule share_archive:\n\s+input: (.*)", run.stdout + run.stderr)
    for n in (1, 2):
        assert f"bids/sub-02/fmap/sub-02_acq-tr{n}_TB1AFI.nii.gz" in packed[1]
    (study.folder / names[0]).unlink()
    run = snakemake("-n", "--configfile", study.write())
    assert "sub-02" in run.stdout + run.stderr
    assert "no file of the same name with acq-tr1" in run.stdout + run.stderr
