# The template: nilearn's ICBM152 or files of your own -> brain and whole head with its tissue classes.


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
        own_files=own_files(*template_files()),
        template=config["template"],
        voxel_mm=config["normalisation"]["voxel_mm"],
    script:
        "../scripts/build_template.py"
