# Conformed pair -> bias-corrected pair, brain mask, tissue, and the intensities of the reference tissues.
#
# head_prior -> [transmit_map] -> estimate_bias -> correct_bias -> segment -> reference_tissues


rule head_prior:
    """Carry the template's head onto the participant: where its tissues are likely to be."""
    input:
        t1w=rules.conform.output.t1w,
        t2w=rules.conform.output.t2w,
        origin=rules.conform.output.origin,
        head_classes=rules.build_template.output.head_classes,
    output:
        prior=anat("{sub}_desc-prior_probseg.nii.gz"),
        prior_json=anat("{sub}_desc-prior_probseg.json"),
    log:
        "logs/head_prior/{sub}.log",
    benchmark:
        "benchmarks/head_prior/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(5),
    params:
        code=code_digest("head_prior"),
        participant_id="{sub}",
        seed=config["seed"],
    script:
        "../scripts/head_prior.py"


rule transmit_map:
    """Place a measured transmit field (B1+) on the T1w, smooth it and judge it; only who has one."""
    input:
        raw_b1=raw_transmit_map,
        raw_b1_json=raw_transmit_map_json,
        t1w=rules.conform.output.t1w,
        prior=rules.head_prior.output.prior,
        origin=rules.conform.output.origin,
    output:
        b1="results/derivatives/rt1t2/{sub}/fmap/{sub}_space-T1w_TB1map.nii.gz",
        b1_json="results/derivatives/rt1t2/{sub}/fmap/{sub}_space-T1w_TB1map.json",
    log:
        "logs/transmit_map/{sub}.log",
    benchmark:
        "benchmarks/transmit_map/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(5),
    params:
        code=code_digest("transmit_map"),
        participant_id="{sub}",
    script:
        "../scripts/transmit_map.py"


rule estimate_bias:
    """Estimate the bias fields of both images, by default together with the levels of the tissues."""
    input:
        t1w=rules.conform.output.t1w,
        t2w=rules.conform.output.t2w,
        prior=rules.head_prior.output.prior,
        lesion=rules.conform.output.lesion,
        transmit=transmit_map,
        transmit_json=transmit_map_json,
    output:
        bias_fields=anat("{sub}_desc-bias_fields.nii.gz"),
        bias_fields_json=anat("{sub}_desc-bias_fields.json"),
    log:
        "logs/estimate_bias/{sub}.log",
    benchmark:
        "benchmarks/estimate_bias/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_digest("estimate_bias"),
        participant_id="{sub}",
        method=config["bias_correction"]["method"],
        seed=config["seed"],
    script:
        "../scripts/estimate_bias.py"


rule correct_bias:
    """Divide both images by their bias fields."""
    input:
        conformed_t1w=rules.conform.output.t1w,
        conformed_t2w=rules.conform.output.t2w,
        bias_fields=rules.estimate_bias.output.bias_fields,
        bias_fields_json=rules.estimate_bias.output.bias_fields_json,
    output:
        t1w=anat("{sub}_desc-preproc_T1w.nii.gz"),
        t1w_json=anat("{sub}_desc-preproc_T1w.json"),
        t2w=anat("{sub}_space-T1w_desc-preproc_T2w.nii.gz"),
        t2w_json=anat("{sub}_space-T1w_desc-preproc_T2w.json"),
    log:
        "logs/correct_bias/{sub}.log",
    benchmark:
        "benchmarks/correct_bias/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        code=code_digest("correct_bias"),
        participant_id="{sub}",
    script:
        "../scripts/correct_bias.py"


rule segment:
    """Segment brain and head by a mixture of both contrasts with the head prior, and check the mask."""
    input:
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        prior=rules.head_prior.output.prior,
        head_classes=rules.build_template.output.head_classes,
        lesion=rules.conform.output.lesion,
        origin=rules.conform.output.origin,
    output:
        brain=anat("{sub}_desc-brain_mask.nii.gz"),
        brain_json=anat("{sub}_desc-brain_mask.json"),
        gm=anat("{sub}_label-GM_probseg.nii.gz"),
        gm_json=anat("{sub}_label-GM_probseg.json"),
        wm=anat("{sub}_label-WM_probseg.nii.gz"),
        wm_json=anat("{sub}_label-WM_probseg.json"),
        csf=anat("{sub}_label-CSF_probseg.nii.gz"),
        csf_json=anat("{sub}_label-CSF_probseg.json"),
        head=anat("{sub}_desc-head_dseg.nii.gz"),
        head_json=anat("{sub}_desc-head_dseg.json"),
    log:
        "logs/segment/{sub}.log",
    benchmark:
        "benchmarks/segment/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("segment"),
        participant_id="{sub}",
    script:
        "../scripts/segment.py"


rule reference_tissues:
    """Measure the tissues around the brain, and CSF, on which the calibration rests."""
    input:
        conformed_t1w=rules.conform.output.t1w,
        conformed_t2w=rules.conform.output.t2w,
        bias_fields=rules.estimate_bias.output.bias_fields,
        bias_fields_json=rules.estimate_bias.output.bias_fields_json,
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        brain=rules.segment.output.brain,
        head=rules.segment.output.head,
        head_json=rules.segment.output.head_json,
        prior=rules.head_prior.output.prior,
        lesion=rules.conform.output.lesion,
        origin=rules.conform.output.origin,
    output:
        landmarks=anat("{sub}_desc-landmarks_stats.json"),
    log:
        "logs/reference_tissues/{sub}.log",
    benchmark:
        "benchmarks/reference_tissues/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(5),
    params:
        code=code_digest("reference_tissues"),
        participant_id="{sub}",
        seed=config["seed"],
    script:
        "../scripts/reference_tissues.py"
