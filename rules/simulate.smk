# The demo cohort: simulated people, written as genuine DICOM, with the ground truth beside them.
# Used only when the config has a `simulation` section; a real study never runs these rules.
#
# simulate_anatomy -> simulate_participant -> simulate_dicom | simulate_archive (or NIfTI as it is)
# simulate_receptors: a region atlas and receptor maps, because real ones may not be redistributed


rule simulate_anatomy:
    """Build the labelled head that every simulated person is a variation of."""
    output:
        anatomy="simulation/anatomy.npz",
    log:
        "logs/simulate_anatomy.log",
    benchmark:
        "benchmarks/simulate_anatomy.tsv"
    group:
        bundle("template")
    conda:
        "../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory(1800),
        runtime=minutes(10),
    params:
        code=code_digest("simulate_anatomy"),
        simulation=config["simulation"],
    script:
        "../scripts/simulate_anatomy.py"


rule simulate_participant:
    """Scan one simulated person: T1w, T2w and lesion as acquired, and the truth behind them."""
    input:
        anatomy=rules.simulate_anatomy.output.anatomy,
        atlas="simulation/receptors/atlas.nii.gz",
        receptor_map=simulated_receptor_map,
    output:
        t1w="simulation/scans/{sub}/T1w.nii.gz",
        t2w="simulation/scans/{sub}/T2w.nii.gz",
        lesion="simulation/scans/{sub}/lesion.nii.gz",
        truth_ratio="simulation/truth/{sub}/ratio.nii.gz",
        truth="simulation/truth/{sub}/truth.json",
    log:
        "logs/simulate_participant/{sub}.log",
    benchmark:
        "benchmarks/simulate_participant/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("simulate_participant"),
        participant=lambda wildcards: narrow_row(COHORT.row(wildcards.sub)),
        simulation=config["simulation"],
        seed=config["seed"],
    script:
        "../scripts/simulate_participant.py"


rule simulate_dicom:
    """Write the two scans, and a localizer, into one DICOM folder as a scanner would."""
    input:
        t1w=rules.simulate_participant.output.t1w,
        t2w=rules.simulate_participant.output.t2w,
    output:
        dicom=directory("simulation/dicom/{sub}"),
    log:
        "logs/simulate_dicom/{sub}.log",
    benchmark:
        "benchmarks/simulate_dicom/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_digest("simulate_dicom"),
        participant=lambda wildcards: narrow_row(COHORT.row(wildcards.sub), "age", "sex"),
        simulation=config["simulation"],
        seed=config["seed"],
    script:
        "../scripts/simulate_dicom.py"


rule simulate_archive:
    """Pack a participant's DICOM folder as the zip that a hospital would send."""
    input:
        dicom=rules.simulate_dicom.output.dicom,
    output:
        archive="simulation/archive/{sub}.zip",
    log:
        "logs/simulate_archive/{sub}.log",
    benchmark:
        "benchmarks/simulate_archive/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory(700),
        runtime=minutes(10),
    params:
        code=code_digest("simulate_archive"),
    script:
        "../scripts/simulate_archive.py"


rule simulate_receptors:
    """Simulate a region atlas and receptor maps; real ones may not be redistributed."""
    input:
        anatomy=rules.simulate_anatomy.output.anatomy,
    output:
        atlas="simulation/receptors/atlas.nii.gz",
        labels="simulation/receptors/atlas.tsv",
        gm="simulation/receptors/gm.nii.gz",
        maps=expand("simulation/receptors/{map}.nii.gz", map=SIMULATED_RECEPTOR_MAPS),
    log:
        "logs/simulate_receptors.log",
    benchmark:
        "benchmarks/simulate_receptors.tsv"
    group:
        bundle("template")
    conda:
        "../envs/simulation.yaml"
    threads: 1
    resources:
        mem_mb=memory(1400),
        runtime=minutes(10),
    params:
        code=code_digest("simulate_receptors"),
        simulation=config["simulation"],
        names=SIMULATED_RECEPTOR_MAPS,
        seed=config["seed"],
    script:
        "../scripts/simulate_receptors.py"
