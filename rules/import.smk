# DICOM folder, archive or NIfTI -> BIDS raw data set, with a ledger of every series that was found.
#
# REQUIRED INPUT  the participants table of the config
# OUTPUT          results/bids/, results/qc/series/


rule import_participant:
    """Choose, check and convert one participant's T1w and T2w; stop with the reason if they cannot be used."""
    input:
        t1w_source=source("t1w"),
        t2w_source=source("t2w"),
        t1w_source_json=source_sidecar("t1w"),
        t2w_source_json=source_sidecar("t2w"),
        lesion=drawn_lesion,
    output:
        t1w="results/bids/{sub}/anat/{sub}_T1w.nii.gz",
        t2w="results/bids/{sub}/anat/{sub}_T2w.nii.gz",
        t1w_json="results/bids/{sub}/anat/{sub}_T1w.json",
        t2w_json="results/bids/{sub}/anat/{sub}_T2w.json",
        series="results/qc/series/{sub}.tsv",
    log:
        "logs/import_participant/{sub}.log",
    benchmark:
        "benchmarks/import_participant/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(1100),
        runtime=minutes(10),
    params:
        code=code_digest("import_participant"),
        own_files=source_files_state,
        participant_id="{sub}",
    script:
        "../scripts/import_participant.py"


rule import_transmit_map:
    """Copy an image of a measured transmit field (B1+), without names or dates; only who has one."""
    input:
        measured_b1=measured_b1,
        measured_b1_json=measured_b1_sidecars,
    output:
        raw_b1="results/bids/{sub}/fmap/{sub}_{b1}.nii.gz",
        raw_b1_json="results/bids/{sub}/fmap/{sub}_{b1}.json",
    log:
        "logs/import_transmit_map/{sub}_{b1}.log",
    benchmark:
        "benchmarks/import_transmit_map/{sub}_{b1}.tsv"
    wildcard_constraints:
        b1="|".join(name for names in BIDS_NAMES.values() for name in names),
    group:
        bundle("participant")
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("import_transmit_map"),
        own_files=lambda wildcards: own_files(
            measured_b1(wildcards), *measured_b1_sidecars(wildcards)
        ),
        participant_id="{sub}",
    script:
        "../scripts/import_transmit_map.py"


rule describe_datasets:
    """Write what makes results/bids and the derivatives valid BIDS data sets."""
    output:
        bids="results/bids/dataset_description.json",
        bidsignore="results/bids/.bidsignore",
        readmes=["results/bids/README.md", "results/derivatives/rt1t2/README.md"],
        participants="results/bids/participants.tsv",
        columns_description="results/bids/participants.json",
        derivatives="results/derivatives/rt1t2/dataset_description.json",
        derivatives_bidsignore="results/derivatives/rt1t2/.bidsignore",
    log:
        "logs/describe_datasets.log",
    benchmark:
        "benchmarks/describe_datasets.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("describe_datasets"),
        rows=COHORT.scanned_rows("age", "sex", *config["statistics"]["covariates"]),
        groups=config["groups"],
        covariates=config["statistics"]["covariates"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/describe_datasets.py"
