# Landmarks -> the controls' scale -> calibrated images -> ratio -> template space -> smoothed.
#
# calibration_reference (controls) -> calibrate -> ratio_map -> to_template -> smooth (everyone)


rule calibration_reference:
    """Freeze the controls' landmarks as the scale of the cohort (each control leaves itself out)."""
    input:
        landmarks=per_participant(landmarks(sub) for sub in COHORT.reference),
    output:
        reference="results/calibration/reference.json",
    log:
        "logs/calibration_reference.log",
    benchmark:
        "benchmarks/calibration_reference.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("calibration_reference"),
        named_protocols=named_protocols(COHORT.reference),
        method=config["calibration"]["method"],
        templates=bool(config["calibration"]["templates"]),
    script:
        "../scripts/calibration_reference.py"


rule calibrate:
    """Put T1w and T2w on the scale of the controls, inside the brain."""
    input:
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        brain=rules.segment.output.brain,
        landmarks=rules.reference_tissues.output.landmarks,
        reference=rules.calibration_reference.output.reference,
    output:
        calibrated_t1w=anat("{sub}_desc-calibrated_T1w.nii.gz"),
        calibrated_t1w_json=anat("{sub}_desc-calibrated_T1w.json"),
        calibrated_t2w=anat("{sub}_space-T1w_desc-calibrated_T2w.nii.gz"),
        calibrated_t2w_json=anat("{sub}_space-T1w_desc-calibrated_T2w.json"),
        curve=anat("{sub}_desc-calibration_curve.json"),
    log:
        "logs/calibrate/{sub}.log",
    benchmark:
        "benchmarks/calibrate/{sub}.tsv"
    group:
        with_the_ratio
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("calibrate"),
        participant_id="{sub}",
        entries=table_entries,
        method=config["calibration"]["method"],
    script:
        "../scripts/calibrate.py"


rule ratio_map:
    """Divide the calibrated T1w by the calibrated T2w, or its log; undefined where that is noise."""
    input:
        calibrated_t1w=rules.calibrate.output.calibrated_t1w,
        calibrated_t2w=rules.calibrate.output.calibrated_t2w,
        brain=rules.segment.output.brain,
        lesion=rules.conform.output.lesion,
    output:
        ratio=anat("{sub}_T1wT2wratio.nii.gz"),
        ratio_json=anat("{sub}_T1wT2wratio.json"),
    log:
        "logs/ratio_map/{sub}.log",
    benchmark:
        "benchmarks/ratio_map/{sub}.tsv"
    group:
        with_the_ratio
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("ratio_map"),
        participant_id="{sub}",
        method=config["calibration"]["method"],
        formula=config["ratio"]["formula"],
    script:
        "../scripts/ratio_map.py"


rule to_template:
    """Carry the ratio and the lesion to the template, each in one interpolation."""
    input:
        ratio=rules.ratio_map.output.ratio,
        t1w=rules.correct_bias.output.t1w,
        lesion=rules.conform.output.lesion,
        affine=rules.normalise.output.affine,
        displacement=rules.normalise.output.displacement,
        template_brain=rules.build_template.output.brain,
    output:
        mni_ratio=anat("{sub}_space-MNI152NLin2009aSym_T1wT2wratio.nii.gz"),
        mni_ratio_json=anat("{sub}_space-MNI152NLin2009aSym_T1wT2wratio.json"),
        mni_lesion=anat("{sub}_space-MNI152NLin2009aSym_label-lesion_mask.nii.gz"),
        mni_lesion_json=anat("{sub}_space-MNI152NLin2009aSym_label-lesion_mask.json"),
    log:
        "logs/to_template/{sub}.log",
    benchmark:
        "benchmarks/to_template/{sub}.tsv"
    group:
        with_the_ratio
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("to_template"),
        formula=config["ratio"]["formula"],
    script:
        "../scripts/to_template.py"


rule smooth:
    """Smooth the ratio in template space; at edges as the config says."""
    input:
        mni_ratio=rules.to_template.output.mni_ratio,
        template_brain=rules.build_template.output.brain,
    output:
        smoothed=anat("{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.nii.gz"),
        smoothed_json=anat("{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.json"),
    log:
        "logs/smooth/{sub}.log",
    benchmark:
        "benchmarks/smooth/{sub}.tsv"
    group:
        with_the_ratio
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("smooth"),
        fwhm_mm=config["smoothing"]["fwhm_mm"],
        edges=config["smoothing"]["edges"],
        formula=config["ratio"]["formula"],
    script:
        "../scripts/smooth.py"


rule preprocess:
    """Everything that is computed for each participant alone."""
    input:
        [smoothed_map(sub) for sub in COHORT.scanned],
        rules.describe_datasets.output,
