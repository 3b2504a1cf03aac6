# Native ratio -> MNI152NLin2009aSym in one interpolation -> smoothed without leaking over NaN and edges.
#
# normalise -> warp_ratio -> smooth_ratio


rule normalise:
    """Find the way from the participant to the template: affine, then SyN with cross-correlation."""
    input:
        t1w=rules.correct_bias.output.t1w,
        brain=rules.segment_tissue.output.brain,
        gm=rules.segment_tissue.output.gm,
        wm=rules.segment_tissue.output.wm,
        csf=rules.segment_tissue.output.csf,
        lesion=rules.conform.output.lesion,
        origin=rules.find_origin.output.origin,
        template_t1w=rules.build_template.output.t1w,
        template_brain=rules.build_template.output.brain,
        template_gm=rules.build_template.output.gm,
        template_wm=rules.build_template.output.wm,
    output:
        affine=anat("{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-affine_xfm.txt"),
        displacement=anat(
            "{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm.nii.gz"
        ),
        metrics=anat("{sub}_from-T1w_to-MNI152NLin2009aSym_mode-image_xfm.json"),
    log:
        "logs/normalise/{sub}.log",
    benchmark:
        "benchmarks/normalise/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=15,
    params:
        code=code_digest("normalise"),
        estimate_mm=config["normalisation"]["estimate_mm"],
    script:
        "../scripts/normalise.py"


rule warp_ratio:
    """Carry ratio, T1w and lesion to the template, each in one interpolation; NaN stays NaN."""
    input:
        native_ratio=rules.ratio_map.output.ratio,
        native_t1w=rules.correct_bias.output.t1w,
        native_lesion=rules.conform.output.lesion,
        affine=rules.normalise.output.affine,
        displacement=rules.normalise.output.displacement,
        template_brain=rules.build_template.output.brain,
    output:
        ratio=anat("{sub}_space-MNI152NLin2009aSym_T1wT2wratio.nii.gz"),
        t1w=anat("{sub}_space-MNI152NLin2009aSym_desc-preproc_T1w.nii.gz"),
        lesion=anat("{sub}_space-MNI152NLin2009aSym_label-lesion_mask.nii.gz"),
    log:
        "logs/warp_ratio/{sub}.log",
    benchmark:
        "benchmarks/warp_ratio/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=5,
    params:
        code=code_digest("warp_ratio"),
    script:
        "../scripts/warp_ratio.py"


rule smooth_ratio:
    """Smooth the normalised ratio; edges and lesions do not darken it (edges: normalised)."""
    input:
        ratio=rules.warp_ratio.output.ratio,
        template_brain=rules.build_template.output.brain,
    output:
        smoothed=anat("{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.nii.gz"),
    log:
        "logs/smooth_ratio/{sub}.log",
    benchmark:
        "benchmarks/smooth_ratio/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        code=code_digest("smooth_ratio"),
        fwhm_mm=config["smoothing"]["fwhm_mm"],
        edges=config["smoothing"]["edges"],
    script:
        "../scripts/smooth_ratio.py"


rule preprocess:
    """Everything that is computed for each participant alone."""
    input:
        expand(rules.smooth_ratio.output.smoothed, sub=COHORT.scanned),
        rules.describe_datasets.output,
