# Raw T1w and T2w -> one grid with its origin at the anterior commissure, bias-corrected, with tissue classes.
#
# build_template -> prepare_participant


rule build_template:
    """Write the template: the ICBM152 2009a brain on the output grid, and a whole head with its tissue classes."""
    input:
        files=template_files(),
    output:
        t1w="results/template/T1w.nii.gz",
        t1w_json="results/template/T1w.json",
        brain="results/template/brain_mask.nii.gz",
        brain_json="results/template/brain_mask.json",
        gm="results/template/GM.nii.gz",
        gm_json="results/template/GM.json",
        wm="results/template/WM.nii.gz",
        wm_json="results/template/WM.json",
        head_t1w="results/template/head_T1w.nii.gz",
        head_t1w_json="results/template/head_T1w.json",
        head_t2w="results/template/head_T2w.nii.gz",
        head_t2w_json="results/template/head_T2w.json",
        head_classes="results/template/head_classes.nii.gz",
        head_classes_json="results/template/head_classes.json",
    log:
        "logs/build_template.log",
    benchmark:
        "benchmarks/build_template.tsv"
    group:
        bundle("template")
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


rule prepare_participant:
    """Put the origin at the anterior commissure, register the T2w, remove the bias fields, segment brain and head."""
    input:
        native_t1w=rules.import_participant.output.t1w,
        native_t2w=rules.import_participant.output.t2w,
        native_t1w_json=rules.import_participant.output.t1w_json,
        native_t2w_json=rules.import_participant.output.t2w_json,
        drawn_lesion=drawn_lesion,
        head_t1w=rules.build_template.output.head_t1w,
        head_t2w=rules.build_template.output.head_t2w,
        head_classes=rules.build_template.output.head_classes,
    output:
        origin=anat("{sub}_desc-origin_xfm.json"),
        xfm=anat("{sub}_from-T2w_to-T1w_mode-image_xfm.txt"),
        lesion=anat("{sub}_label-lesion_mask.nii.gz"),
        lesion_json=anat("{sub}_label-lesion_mask.json"),
        t1w=anat("{sub}_desc-preproc_T1w.nii.gz"),
        t1w_json=anat("{sub}_desc-preproc_T1w.json"),
        t2w=anat("{sub}_space-T1w_desc-preproc_T2w.nii.gz"),
        t2w_json=anat("{sub}_space-T1w_desc-preproc_T2w.json"),
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
        bias_fields=anat("{sub}_desc-bias_fields.nii.gz"),
        bias_fields_json=anat("{sub}_desc-bias_fields.json"),
        landmarks=anat("{sub}_desc-landmarks_stats.json"),
    log:
        "logs/prepare_participant/{sub}.log",
    benchmark:
        "benchmarks/prepare_participant/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(25),
    params:
        code=code_digest("prepare_participant"),
        participant_id="{sub}",
        ac_mm=lambda wildcards: COHORT[wildcards.sub].ac_mm,
        voxel_mm=config["conform"]["voxel_mm"],
        bias_correction=config["bias_correction"]["method"],
        seed=config["seed"],
    script:
        "../scripts/prepare_participant.py"
