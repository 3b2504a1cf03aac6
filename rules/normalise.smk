# The participant's brain -> MNI152NLin2009aSym: affine and displacement.


rule normalise:
    """Find the way from the participant to the template: affine, then a diffeomorphism by local cross-correlation."""
    input:
        t1w=rules.correct_bias.output.t1w,
        brain=rules.segment.output.brain,
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        csf=rules.segment.output.csf,
        lesion=rules.conform.output.lesion,
        origin=rules.conform.output.origin,
        template_t1w=rules.build_template.output.t1w,
        template_brain=rules.build_template.output.brain,
        template_gm=rules.build_template.output.gm,
        template_wm=rules.build_template.output.wm,
        head_classes=rules.build_template.output.head_classes,
    output:
        affine=anat("{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-affine_xfm.txt"),
        displacement=anat(
            "{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm.nii.gz"
        ),
        displacement_json=anat(
            "{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm.json"
        ),
    log:
        "logs/normalise/{sub}.log",
    benchmark:
        "benchmarks/normalise/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    params:
        code=code_digest("normalise"),
        participant_id="{sub}",
        estimate_mm=config["normalisation"]["estimate_mm"],
    script:
        "../scripts/normalise.py"
