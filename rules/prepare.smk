# Raw T1w and T2w -> one grid with its origin at the anterior commissure, bias-corrected, with tissue classes.
#
# build_template -> find_origin -> conform -> register_t2w -> head_priors -> correct_bias -> segment_tissue


rule build_template:
    """Write the template: the ICBM152 2009a brain on the output grid, and a whole head with its tissue classes."""
    input:
        files=template_files(),
    output:
        t1w="results/template/T1w.nii.gz",
        brain="results/template/brain_mask.nii.gz",
        gm="results/template/GM.nii.gz",
        wm="results/template/WM.nii.gz",
        head_t1w="results/template/head_T1w.nii.gz",
        head_t2w="results/template/head_T2w.nii.gz",
        head_classes="results/template/head_classes.nii.gz",
    log:
        "logs/build_template.log",
    benchmark:
        "benchmarks/build_template.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=10,
    params:
        code=code_digest("build_template"),
        template=config["template"],
        voxel_mm=config["normalisation"]["voxel_mm"],
    script:
        "../scripts/build_template.py"


rule find_origin:
    """Align the head with the template, and put the origin at the anterior commissure (or where the table says)."""
    input:
        t1w=rules.import_participant.output.t1w,
        t2w=rules.import_participant.output.t2w,
        head_t1w=rules.build_template.output.head_t1w,
        head_t2w=rules.build_template.output.head_t2w,
        head_classes=rules.build_template.output.head_classes,
    output:
        origin=anat("{sub}_desc-origin_xfm.json"),
    log:
        "logs/find_origin/{sub}.log",
    benchmark:
        "benchmarks/find_origin/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=code_digest("find_origin"),
        ac_mm=lambda wildcards: COHORT[wildcards.sub].ac_mm,
    script:
        "../scripts/find_origin.py"


rule conform:
    """Resample the T1w (4th-degree B-spline) and its lesion to isotropic voxels with the origin at the AC."""
    input:
        native_t1w=rules.import_participant.output.t1w,
        origin=rules.find_origin.output.origin,
        drawn_lesion=lambda wildcards: COHORT[wildcards.sub].lesion or [],
    output:
        t1w=temp(anat("{sub}_desc-conformed_T1w.nii.gz")),
        lesion=anat("{sub}_label-lesion_mask.nii.gz"),
        record=anat("{sub}_desc-conform_stats.json"),
    log:
        "logs/conform/{sub}.log",
    benchmark:
        "benchmarks/conform/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=code_digest("conform"),
        voxel_mm=config["conform"]["voxel_mm"],
    script:
        "../scripts/conform.py"


rule register_t2w:
    """Register the native T2w rigidly to the T1w (mutual information) and resample it once."""
    input:
        t1w=rules.conform.output.t1w,
        native_t2w=rules.import_participant.output.t2w,
        origin=rules.find_origin.output.origin,
    output:
        t2w=temp(anat("{sub}_space-T1w_desc-conformed_T2w.nii.gz")),
        xfm=anat("{sub}_from-T2w_to-T1w_mode-image_xfm.txt"),
        metrics=anat("{sub}_from-T2w_to-T1w_mode-image_xfm.json"),
    log:
        "logs/register_t2w/{sub}.log",
    benchmark:
        "benchmarks/register_t2w/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=code_digest("register_t2w"),
    script:
        "../scripts/register_t2w.py"


rule head_priors:
    """Carry the template's head classes onto the participant: prior probabilities of every tissue."""
    input:
        t1w=rules.conform.output.t1w,
        origin=rules.find_origin.output.origin,
        head_t1w=rules.build_template.output.head_t1w,
        head_classes=rules.build_template.output.head_classes,
    output:
        priors=temp(anat("{sub}_desc-headpriors_probseg.nii.gz")),
    log:
        "logs/head_priors/{sub}.log",
    benchmark:
        "benchmarks/head_priors/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=10,
    params:
        code=code_digest("head_priors"),
    script:
        "../scripts/head_priors.py"


rule correct_bias:
    """Remove the bias fields of T1w and T2w; the ratio's own field is fitted together with the tissue classes."""
    input:
        conformed_t1w=rules.conform.output.t1w,
        conformed_t2w=rules.register_t2w.output.t2w,
        priors=rules.head_priors.output.priors,
        lesion=rules.conform.output.lesion,
    output:
        t1w=anat("{sub}_desc-preproc_T1w.nii.gz"),
        t2w=anat("{sub}_space-T1w_desc-preproc_T2w.nii.gz"),
        bias=anat("{sub}_desc-bias_fit.json"),
    log:
        "logs/correct_bias/{sub}.log",
    benchmark:
        "benchmarks/correct_bias/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=10,
    params:
        code=code_digest("correct_bias"),
        participant_id="{sub}",
        method=config["bias_correction"]["method"],
        seed=config["seed"],
    script:
        "../scripts/correct_bias.py"


rule segment_tissue:
    """Segment the brain (GM, WM, CSF) and what surrounds it (bone, soft tissue, fat) from both contrasts."""
    input:
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        priors=rules.head_priors.output.priors,
        lesion=rules.conform.output.lesion,
    output:
        brain=anat("{sub}_desc-brain_mask.nii.gz"),
        gm=anat("{sub}_label-GM_probseg.nii.gz"),
        wm=anat("{sub}_label-WM_probseg.nii.gz"),
        csf=anat("{sub}_label-CSF_probseg.nii.gz"),
        head=anat("{sub}_desc-head_dseg.nii.gz"),
    log:
        "logs/segment_tissue/{sub}.log",
    benchmark:
        "benchmarks/segment_tissue/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=10,
    params:
        code=code_digest("segment_tissue"),
        participant_id="{sub}",
    script:
        "../scripts/segment_tissue.py"
