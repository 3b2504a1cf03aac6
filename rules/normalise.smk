# The participant's brain -> MNI152NLin2009aSym: affine and displacement.


rule normalise:
    """Find the way from the participant to the template: affine, then SyN with cross-correlation."""
    input:
        t1w=rules.prepare_participant.output.t1w,
        brain=rules.prepare_participant.output.brain,
        gm=rules.prepare_participant.output.gm,
        wm=rules.prepare_participant.output.wm,
        csf=rules.prepare_participant.output.csf,
        lesion=rules.prepare_participant.output.lesion,
        origin=rules.prepare_participant.output.origin,
        template_t1w=rules.build_template.output.t1w,
        template_brain=rules.build_template.output.brain,
        template_gm=rules.build_template.output.gm,
        template_wm=rules.build_template.output.wm,
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
        estimate_mm=config["normalisation"]["estimate_mm"],
    script:
        "../scripts/normalise.py"
