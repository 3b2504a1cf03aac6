# From raw DICOM to T1w/T2w ratio (rT1/T2) maps, group statistics, receptor correlations and the paper.
# Read the includes from top to bottom: they are the pipeline.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


include: "rules/resources.smk"
include: "rules/common.smk"
include: "rules/template.smk"
include: "rules/simulate.smk"
include: "rules/import.smk"
include: "rules/conform.smk"
include: "rules/tissue.smk"
include: "rules/normalise.smk"
include: "rules/ratio.smk"
include: "rules/group.smk"
include: "rules/regions.smk"
include: "rules/receptors.smk"
include: "rules/qc.smk"
include: "rules/paper.smk"
include: "rules/share.smk"


localrules:
    all,
    preprocess,
    group,
    regions,
    receptors,
    qc,
    paper,
    share,
    describe_datasets,
    exclusions,
    benchmark_table,
    fetch_receptor_map,
    fetch_atlas,


rule all:
    default_target: True
    input:
        rules.describe_datasets.output,
        rules.group.input,
        rules.regions.input,
        rules.receptors.input,
        rules.qc.input,
        rules.paper.input,
        "results/report.html",


onsuccess:
    end_run()


onerror:
    write_exclusions(EXCLUSIONS)
    say_who_is_missing()
