# Raw T1w and T2w -> one grid with its origin at the anterior commissure, bias-corrected, with tissue classes.
#
# build_template -> conform -> segment_tissue


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
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_digest("build_template"),
        template=config["template"],
        voxel_mm=config["normalisation"]["voxel_mm"],
    script:
        "../scripts/build_template.py"


rule conform:
    """Put the origin at the anterior commissure, resample the T1w to isotropic voxels, register the T2w to it."""
    input:
        native_t1w=rules.import_participant.output.t1w,
        native_t2w=rules.import_participant.output.t2w,
        drawn_lesion=drawn_lesion,
        head_t1w=rules.build_template.output.head_t1w,
    output:
        t1w=temp(anat("{sub}_desc-conformed_T1w.nii.gz")),
        t2w=temp(anat("{sub}_space-T1w_desc-conformed_T2w.nii.gz")),
        lesion=anat("{sub}_label-lesion_mask.nii.gz"),
        origin=anat("{sub}_desc-origin_xfm.json"),
        xfm=anat("{sub}_from-T2w_to-T1w_mode-image_xfm.txt"),
    log:
        "logs/conform/{sub}.log",
    benchmark:
        "benchmarks/conform/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    params:
        code=code_digest("conform"),
        participant_id="{sub}",
        # they come with head_t1w
        head_t2w=rules.build_template.output.head_t2w,
        head_classes=rules.build_template.output.head_classes,
        ac_mm=lambda wildcards: COHORT[wildcards.sub].ac_mm,
        voxel_mm=config["conform"]["voxel_mm"],
    script:
        "../scripts/conform.py"


rule segment_tissue:
    """Remove the bias fields and segment brain (GM, WM, CSF) and head; measure the landmarks of the calibration."""
    input:
        conformed_t1w=rules.conform.output.t1w,
        conformed_t2w=rules.conform.output.t2w,
        lesion=rules.conform.output.lesion,
        origin=rules.conform.output.origin,
    output:
        t1w=anat("{sub}_desc-preproc_T1w.nii.gz"),
        t2w=anat("{sub}_space-T1w_desc-preproc_T2w.nii.gz"),
        brain=anat("{sub}_desc-brain_mask.nii.gz"),
        gm=anat("{sub}_label-GM_probseg.nii.gz"),
        wm=anat("{sub}_label-WM_probseg.nii.gz"),
        csf=anat("{sub}_label-CSF_probseg.nii.gz"),
        head=anat("{sub}_desc-head_dseg.nii.gz"),
        bias_fields=anat("{sub}_desc-bias_fields.nii.gz"),
        landmarks=anat("{sub}_desc-landmarks_stats.json"),
    log:
        "logs/segment_tissue/{sub}.log",
    benchmark:
        "benchmarks/segment_tissue/{sub}.tsv"
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(15),
    params:
        code=code_digest("segment_tissue"),
        participant_id="{sub}",
        # conform has used them
        head_t1w=rules.build_template.output.head_t1w,
        head_classes=rules.build_template.output.head_classes,
        bias_correction=config["bias_correction"]["method"],
        seed=config["seed"],
    script:
        "../scripts/segment_tissue.py"
