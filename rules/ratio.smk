# Landmarks -> the controls' scale -> calibrated images -> ratio -> template space -> smoothed.
#
# calibration_reference (controls) -> ratio_map (everyone)


rule calibration_reference:
    """Freeze the controls' landmarks as the scale of the cohort (each control leaves itself out)."""
    input:
        landmarks=one_each(landmarks(sub) for sub in COHORT.reference),
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


rule ratio_map:
    """Calibrate both images, divide them, carry the ratio to the template in one interpolation, and smooth it."""
    input:
        t1w=rules.prepare_participant.output.t1w,
        t2w=rules.prepare_participant.output.t2w,
        brain=rules.prepare_participant.output.brain,
        lesion=rules.prepare_participant.output.lesion,
        landmarks=rules.prepare_participant.output.landmarks,
        reference=rules.calibration_reference.output.reference,
        affine=rules.normalise.output.affine,
        displacement=rules.normalise.output.displacement,
        template_brain=rules.build_template.output.brain,
    output:
        calibrated_t1w=anat("{sub}_desc-calibrated_T1w.nii.gz"),
        calibrated_t2w=anat("{sub}_space-T1w_desc-calibrated_T2w.nii.gz"),
        curve=anat("{sub}_desc-calibration_curve.json"),
        ratio=anat("{sub}_T1wT2wratio.nii.gz"),
        ratio_json=anat("{sub}_T1wT2wratio.json"),
        mni_ratio=anat("{sub}_space-MNI152NLin2009aSym_T1wT2wratio.nii.gz"),
        mni_lesion=anat("{sub}_space-MNI152NLin2009aSym_label-lesion_mask.nii.gz"),
        smoothed=anat("{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.nii.gz"),
        smoothed_json=anat("{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.json"),
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
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("ratio_map"),
        participant_id="{sub}",
        told=told_of,
        method=config["calibration"]["method"],
        fwhm_mm=config["smoothing"]["fwhm_mm"],
        edges=config["smoothing"]["edges"],
    script:
        "../scripts/ratio_map.py"


rule preprocess:
    """Everything that is computed for each participant alone."""
    input:
        expand(rules.ratio_map.output.smoothed, sub=COHORT.scanned),
        rules.describe_datasets.output,
