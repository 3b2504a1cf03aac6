# Bias-corrected T1w and T2w -> intensities on the scale of the controls -> the T1w/T2w ratio.
#
# intensity_landmarks (everyone) -> calibration_reference (controls) -> calibrate -> ratio_map


rule intensity_landmarks:
    """Measure CSF, fat, muscle, bone and eye intensities outside the brain in both images."""
    input:
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        head=rules.segment_tissue.output.head,
        brain=rules.segment_tissue.output.brain,
        priors=rules.head_priors.output.priors,
        lesion=rules.conform.output.lesion,
        bias=rules.correct_bias.output.bias,
    output:
        landmarks=anat("{sub}_desc-landmarks_stats.json"),
    log:
        "logs/intensity_landmarks/{sub}.log",
    benchmark:
        "benchmarks/intensity_landmarks/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        code=code_digest("intensity_landmarks"),
        participant_id="{sub}",
    script:
        "../scripts/intensity_landmarks.py"


rule calibration_reference:
    """Freeze the controls' landmarks as the scale of the cohort (each control leaves itself out)."""
    input:
        landmarks=[
            anat("{sub}_desc-landmarks_stats.json").format(sub=sub) for sub in COHORT.reference
        ],
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
        runtime=5,
    params:
        code=code_digest("calibration_reference"),
        participant_ids=COHORT.reference,
    script:
        "../scripts/calibration_reference.py"


rule calibrate:
    """Bring both images onto the reference scale; the brain itself has no say in it."""
    input:
        preproc_t1w=rules.correct_bias.output.t1w,
        preproc_t2w=rules.correct_bias.output.t2w,
        landmarks=rules.intensity_landmarks.output.landmarks,
        reference=rules.calibration_reference.output.reference,
    output:
        t1w=anat("{sub}_desc-calibrated_T1w.nii.gz"),
        t2w=anat("{sub}_space-T1w_desc-calibrated_T2w.nii.gz"),
        curve=anat("{sub}_desc-calibration_curve.json"),
    log:
        "logs/calibrate/{sub}.log",
    benchmark:
        "benchmarks/calibrate/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        code=code_digest("calibrate"),
        participant_id="{sub}",
        method=config["calibration"]["method"],
    script:
        "../scripts/calibrate.py"


rule ratio_map:
    """Divide T1w by T2w inside the brain; undefined voxels and lesions are NaN, and counted."""
    input:
        t1w=rules.calibrate.output.t1w,
        t2w=rules.calibrate.output.t2w,
        brain=rules.segment_tissue.output.brain,
        lesion=rules.conform.output.lesion,
        curve=rules.calibrate.output.curve,
    output:
        ratio=anat("{sub}_T1wT2wratio.nii.gz"),
    log:
        "logs/ratio_map/{sub}.log",
    benchmark:
        "benchmarks/ratio_map/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        code=code_digest("ratio_map"),
    script:
        "../scripts/ratio_map.py"
