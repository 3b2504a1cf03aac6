# Raw T1w and T2w -> one grid of isotropic voxels with its origin at the anterior commissure.


rule conform:
    """Put the origin at the anterior commissure, resample the T1w, register the T2w and the lesion to it."""
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
        t1w=anat("{sub}_desc-conformed_T1w.nii.gz"),
        t1w_json=anat("{sub}_desc-conformed_T1w.json"),
        t2w=anat("{sub}_space-T1w_desc-conformed_T2w.nii.gz"),
        t2w_json=anat("{sub}_space-T1w_desc-conformed_T2w.json"),
        origin=anat("{sub}_desc-origin_xfm.json"),
        xfm=anat("{sub}_from-T2w_to-T1w_mode-image_xfm.txt"),
        lesion=anat("{sub}_label-lesion_mask.nii.gz"),
        lesion_json=anat("{sub}_label-lesion_mask.json"),
    log:
        "logs/conform/{sub}.log",
    benchmark:
        "benchmarks/conform/{sub}.tsv"
    group:
        bundle("participant")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(10),
    params:
        code=code_digest("conform"),
        own_files=lambda wildcards: own_files(drawn_lesion(wildcards)),
        participant_id="{sub}",
        ac_mm=lambda wildcards: COHORT[wildcards.sub].ac_mm,
        voxel_mm=config["conform"]["voxel_mm"],
    script:
        "../scripts/conform.py"
