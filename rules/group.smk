# Smoothed maps -> group mask -> two-sample t for every contrast -> clusters and peaks; demographics.
#
# group_mask -> group_ttest -> group_clusters


rule group_mask:
    """Find the voxels that are analysed, how many participants each has, and where lesions overlap."""
    input:
        maps=[smoothed_map(sub) for sub in COHORT.analysed],
        lesions=expand(rules.ratio_map.output.mni_lesion, sub=COHORT.scanned),
        template_brain=rules.build_template.output.brain,
        explicit_mask=explicit_mask(),
    output:
        mask="results/group/mask.nii.gz",
        n="results/group/n_participants.nii.gz",
        lesion_overlap="results/group/lesion_overlap.nii.gz",
    log:
        "logs/group_mask.log",
    benchmark:
        "benchmarks/group_mask.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        code=code_digest("group_mask"),
        participant_ids=COHORT.analysed,
        groups=[COHORT[sub].group for sub in COHORT.analysed],
        missing=config["statistics"]["missing"],
    script:
        "../scripts/group_mask.py"


rule group_ttest:
    """Two-sample t of one contrast, its smoothness and its search volume."""
    input:
        # made from every map, and so newer than all of them: the maps themselves are params
        mask=rules.group_mask.output.mask,
    output:
        t="results/group/{contrast}/t.nii.gz",
        df="results/group/{contrast}/df.nii.gz",
        rpv="results/group/{contrast}/resels_per_voxel.nii.gz",
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
    log:
        "logs/group_ttest/{contrast}.log",
    benchmark:
        "benchmarks/group_ttest/{contrast}.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        code=code_digest("group_ttest"),
        plus=lambda wildcards: group_maps(wildcards.contrast, "plus"),
        minus=lambda wildcards: group_maps(wildcards.contrast, "minus"),
        contrast=lambda wildcards: CONTRASTS[wildcards.contrast],
        rows_plus=lambda wildcards: group_rows(wildcards.contrast, "plus"),
        rows_minus=lambda wildcards: group_rows(wildcards.contrast, "minus"),
        variance=config["statistics"]["variance"],
        missing=config["statistics"]["missing"],
        covariates=config["statistics"]["covariates"],
    script:
        "../scripts/group_ttest.py"


rule group_clusters:
    """Threshold one contrast's t map and describe every cluster and peak that is left."""
    input:
        t=rules.group_ttest.output.t,
        df=rules.group_ttest.output.df,
        model=rules.group_ttest.output.model,
        atlas=anatomical_atlas("image"),
        labels=anatomical_atlas("labels"),
    output:
        clusters="results/group/{contrast}/clusters.nii.gz",
        table="results/group/{contrast}/clusters.tsv",
        peaks="results/group/{contrast}/peaks.tsv",
        summary="results/group/{contrast}/summary.json",
    log:
        "logs/group_clusters/{contrast}.log",
    benchmark:
        "benchmarks/group_clusters/{contrast}.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        code=code_digest("group_clusters"),
        height_p=config["statistics"]["height_p"],
        extent_voxels=config["statistics"]["extent_voxels"],
    script:
        "../scripts/group_clusters.py"


rule demographics:
    """Compare age and sex between the groups: Shapiro-Wilk, then t or Mann-Whitney; exact test of sex."""
    output:
        descriptives="results/demographics/descriptives.tsv",
        tests="results/demographics/tests.tsv",
    log:
        "logs/demographics.log",
    benchmark:
        "benchmarks/demographics.tsv"
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        code=code_digest("demographics"),
        rows=COHORT.analysed_rows(),
        groups=config["groups"],
        control_group=config["control_group"],
    script:
        "../scripts/demographics.py"


rule group:
    """Group statistics of every contrast."""
    input:
        expand(rules.group_clusters.output.table, contrast=CONTRASTS),
        rules.group_mask.output,
        rules.demographics.output,
