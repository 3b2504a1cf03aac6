"""Another Snakefile uses this workflow as a module, as ``snakedeploy`` writes it."""

import csv
import json
import subprocess
import sys

import numpy as np
import yaml

from rt1t2.geometry.template_grid import grid_over
from rt1t2.images import save

from .conftest import ROOT

OUTER = """
configfile: "config/config.yaml"


module rt1t2:
    snakefile:
        "{snakefile}"
    config:
        config


use rule * from rt1t2


rule ours:
    input:
        rules.group_clusters.output.summary.format(contrast="HC-PSP"),
    output:
        "ours.txt",
    shell:
        "wc -c {{input}} > {{output}}"
"""


def outer_workflow(study, folder):
    """Write the other workflow, and a study of four finished maps; return its folder."""
    rng = np.random.default_rng(0)
    shape, affine = grid_over((-74.0, -110.0, -74.0), (74.0, 78.0, 86.0), 4.0)
    for row in study.rows:
        name = f"{row['participant_id']}_map.nii.gz"
        values = 1.5 + 0.1 * rng.standard_normal(shape)
        save(values.astype(np.float32), affine, study.folder / name)
        row.update(t1w="n/a", t2w="n/a", map=name)
    study.config |= {
        "normalisation": {"voxel_mm": 4.0},
        "statistics": {
            "label_clusters": False,
            "extent_voxels": 1,
            "permutations": 20,
            "null_studies": 20,
        },
    }
    study.write()
    outer = folder / "outer"
    (outer / "workflow").mkdir(parents=True)
    (outer / "config").mkdir()
    (outer / "workflow/Snakefile").write_text(
        OUTER.format(snakefile=ROOT / "Snakefile")
    )
    config = study.config | {"participants": str(study.folder / "participants.tsv")}
    (outer / "config/config.yaml").write_text(yaml.safe_dump(config))
    return outer


def snakemake(outer, *arguments):
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=outer,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-5000:]
    return run.stdout + run.stderr


def test_a_module_plans_and_runs_a_study_of_finished_maps(study, tmp_path):
    outer = outer_workflow(study, tmp_path)
    planned = snakemake(outer, "-n", "all")
    assert "group_ttest" in planned
    assert "receptor_correlations" in planned
    assert "import_participant" not in planned

    snakemake(outer, "ours")
    assert "summary.json" in (outer / "ours.txt").read_text()
    summary = json.loads((outer / "results/group/HC-PSP/summary.json").read_text())
    # the given groups and the defaults of what was not given
    assert (summary["n_plus"], summary["n_minus"]) == (2, 2)
    assert summary["height_p"] == 0.001
    with (outer / "results/group/HC-PSP/design.tsv").open(newline="") as file:
        people = [row["participant_id"] for row in csv.DictReader(file, delimiter="\t")]
    assert people == [row["participant_id"] for row in study.rows]
    assert "Nothing to be done" in snakemake(outer, "ours")
