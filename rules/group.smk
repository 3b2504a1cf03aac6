# Smoothed maps -> group mask -> t or F of every contrast -> clusters and peaks; demographics.
#
# group_mask -> protocols (for the pages, and a covariate where asked for)
#            -> group_ttest -> group_evidence, group_permutation, group_error_rate, group_leave_one_out
#            -> group_clusters, which puts all of it into one table


rule group_mask:
    """Find the voxels that are analysed, and put all maps there into one file; count maps and lesions."""
    input:
        maps=per_participant(study_maps()),
        lesions=per_participant(
            of_participants(
                anat("{sub}_space-MNI152NLin2009aSym_label-lesion_mask.nii.gz"),
                COHORT.analysed_scans,
            )
        ),
        template_brain=rules.build_template.output.brain,
        explicit_mask=explicit_mask(),
    output:
        mask="results/group/mask.nii.gz",
        mask_json="results/group/mask.json",
        n="results/group/n_participants.nii.gz",
        n_json="results/group/n_participants.json",
        lesion_overlap="results/group/lesion_overlap.nii.gz",
        lesion_overlap_json="results/group/lesion_overlap.json",
        stack="results/group/maps.npy",
        stack_json="results/group/maps.json",
    log:
        "logs/group_mask.log",
    benchmark:
        "benchmarks/group_mask.tsv"
    group:
        bundle("cohort")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    params:
        code=code_digest("group_mask"),
        own_files=own_files(*study_maps(), *explicit_mask()),
        participant_ids=COHORT.analysed,
        groups=[COHORT[sub].group for sub in COHORT.analysed],
        missing=config["statistics"]["missing"],
    script:
        "../scripts/group_mask.py"


rule protocols:
    """List each participant's scan protocol, and whether protocol and group are confounded."""
    input:
        landmarks=per_participant(landmarks(sub) for sub in COHORT.scanned),
        reference=rules.calibration_reference.output.reference,
    output:
        table="results/calibration/protocols.tsv",
        facts="results/calibration/protocols.json",
    log:
        "logs/protocols.log",
    benchmark:
        "benchmarks/protocols.tsv"
    group:
        bundle("cohort")
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("protocols"),
        rows=COHORT.all_rows("retest_of"),
        named_protocols=named_protocols(COHORT.participants),
        groups=config["groups"],
        method=config["calibration"]["method"],
        covariates=config["statistics"]["covariates"],
    script:
        "../scripts/protocols.py"


rule group_ttest:
    """t of one contrast, its smoothness and its search volume."""
    input:
        maps=[rules.group_mask.output.stack, rules.group_mask.output.mask],
        maps_json=rules.group_mask.output.stack_json,
        more_columns=lambda wildcards: tables_of_columns(wildcards.contrast),
    output:
        t="results/group/{contrast}/t.nii.gz",
        t_json="results/group/{contrast}/t.json",
        df="results/group/{contrast}/df.nii.gz",
        df_json="results/group/{contrast}/df.json",
        effective_n="results/group/{contrast}/effective_n.nii.gz",
        effective_n_json="results/group/{contrast}/effective_n.json",
        rpv="results/group/{contrast}/resels_per_voxel.nii.gz",
        rpv_json="results/group/{contrast}/resels_per_voxel.json",
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
        design_json="results/group/{contrast}/design.json",
    log:
        "logs/group_ttest/{contrast}.log",
    benchmark:
        "benchmarks/group_ttest/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("t"),
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        code=code_digest("group_ttest"),
        contrast=lambda wildcards: CONTRASTS[wildcards.contrast],
        rows=lambda wildcards: design_rows(wildcards.contrast),
        variance=config["statistics"]["variance"],
        missing=config["statistics"]["missing"],
        covariates=lambda wildcards: contrast_covariates(wildcards.contrast),
    script:
        "../scripts/group_ttest.py"


use rule group_ttest as group_ftest with:
    output:
        t="results/group/{contrast}/F.nii.gz",
        t_json="results/group/{contrast}/F.json",
        df="results/group/{contrast}/df.nii.gz",
        df_json="results/group/{contrast}/df.json",
        effective_n="results/group/{contrast}/effective_n.nii.gz",
        effective_n_json="results/group/{contrast}/effective_n.json",
        rpv="results/group/{contrast}/resels_per_voxel.nii.gz",
        rpv_json="results/group/{contrast}/resels_per_voxel.json",
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
        design_json="results/group/{contrast}/design.json",
    log:
        "logs/group_ftest/{contrast}.log",
    benchmark:
        "benchmarks/group_ftest/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("F"),


rule group_evidence:
    """Effect size with its interval, equivalence and Bayes factor at every voxel, from t alone."""
    input:
        t=lambda wildcards: statistic_map(wildcards.contrast),
        df="results/group/{contrast}/df.nii.gz",
        effective_n="results/group/{contrast}/effective_n.nii.gz",
    output:
        g="results/group/{contrast}/hedges_g.nii.gz",
        g_json="results/group/{contrast}/hedges_g.json",
        g_low="results/group/{contrast}/hedges_g_low.nii.gz",
        g_low_json="results/group/{contrast}/hedges_g_low.json",
        g_high="results/group/{contrast}/hedges_g_high.nii.gz",
        g_high_json="results/group/{contrast}/hedges_g_high.json",
        equivalence="results/group/{contrast}/equivalence_p.nii.gz",
        equivalence_json="results/group/{contrast}/equivalence_p.json",
        log10_bf10="results/group/{contrast}/log10_bf10.nii.gz",
        log10_bf10_json="results/group/{contrast}/log10_bf10.json",
        counts="results/group/{contrast}/evidence.json",
    log:
        "logs/group_evidence/{contrast}.log",
    benchmark:
        "benchmarks/group_evidence/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("t", "hedges_g"),
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    params:
        code=code_digest("group_evidence"),
        equivalence_bound_g=config["statistics"]["equivalence_bound_g"],
        tested_by=lambda wildcards: effect_size(wildcards.contrast),
    script:
        "../scripts/group_evidence.py"


use rule group_evidence as group_change with:
    output:
        g="results/group/{contrast}/d_z.nii.gz",
        g_json="results/group/{contrast}/d_z.json",
        g_low="results/group/{contrast}/d_z_low.nii.gz",
        g_low_json="results/group/{contrast}/d_z_low.json",
        g_high="results/group/{contrast}/d_z_high.nii.gz",
        g_high_json="results/group/{contrast}/d_z_high.json",
        equivalence="results/group/{contrast}/equivalence_p.nii.gz",
        equivalence_json="results/group/{contrast}/equivalence_p.json",
        log10_bf10="results/group/{contrast}/log10_bf10.nii.gz",
        log10_bf10_json="results/group/{contrast}/log10_bf10.json",
        counts="results/group/{contrast}/evidence.json",
    log:
        "logs/group_change/{contrast}.log",
    benchmark:
        "benchmarks/group_change/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("t", "d_z"),


use rule group_evidence as group_correlation with:
    output:
        g="results/group/{contrast}/partial_r.nii.gz",
        g_json="results/group/{contrast}/partial_r.json",
        g_low="results/group/{contrast}/partial_r_low.nii.gz",
        g_low_json="results/group/{contrast}/partial_r_low.json",
        g_high="results/group/{contrast}/partial_r_high.nii.gz",
        g_high_json="results/group/{contrast}/partial_r_high.json",
        equivalence="results/group/{contrast}/equivalence_p.nii.gz",
        equivalence_json="results/group/{contrast}/equivalence_p.json",
        log10_bf10="results/group/{contrast}/log10_bf10.nii.gz",
        log10_bf10_json="results/group/{contrast}/log10_bf10.json",
        counts="results/group/{contrast}/evidence.json",
    log:
        "logs/group_correlation/{contrast}.log",
    benchmark:
        "benchmarks/group_correlation/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("t", "partial_r"),


use rule group_evidence as group_variance_explained with:
    output:
        g="results/group/{contrast}/partial_eta2.nii.gz",
        g_json="results/group/{contrast}/partial_eta2.json",
        g_low="results/group/{contrast}/partial_eta2_low.nii.gz",
        g_low_json="results/group/{contrast}/partial_eta2_low.json",
        g_high="results/group/{contrast}/partial_eta2_high.nii.gz",
        g_high_json="results/group/{contrast}/partial_eta2_high.json",
        equivalence="results/group/{contrast}/equivalence_p.nii.gz",
        equivalence_json="results/group/{contrast}/equivalence_p.json",
        log10_bf10="results/group/{contrast}/log10_bf10.nii.gz",
        log10_bf10_json="results/group/{contrast}/log10_bf10.json",
        counts="results/group/{contrast}/evidence.json",
    log:
        "logs/group_variance_explained/{contrast}.log",
    benchmark:
        "benchmarks/group_variance_explained/{contrast}.tsv"
    wildcard_constraints:
        contrast=contrasts_with("F", "partial_eta2"),


rule group_permutation:
    """Family-wise p of cluster extent and TFCE by permutation; the mirrored contrast reads it too."""
    input:
        maps=[rules.group_mask.output.stack, rules.group_mask.output.mask],
        maps_json=rules.group_mask.output.stack_json,
        t=lambda wildcards: statistic_map(wildcards.contrast),
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
        design_json="results/group/{contrast}/design.json",
    output:
        cluster_p="results/group/{contrast}/permutation_cluster_p.nii.gz",
        cluster_p_json="results/group/{contrast}/permutation_cluster_p.json",
        tfce_p="results/group/{contrast}/permutation_tfce_p.nii.gz",
        tfce_p_json="results/group/{contrast}/permutation_tfce_p.json",
        facts="results/group/{contrast}/permutation.json",
    log:
        "logs/group_permutation/{contrast}.log",
    benchmark:
        "benchmarks/group_permutation/{contrast}.tsv"
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1200),
        runtime=minutes(120),
    params:
        code=code_digest("group_permutation"),
        height_p=config["statistics"]["height_p"],
        extent_voxels=config["statistics"]["extent_voxels"],
        permutations=config["statistics"]["permutations"],
        seed=config["seed"],
    script:
        "../scripts/group_permutation.py"


rule group_error_rate:
    """How often the height and extent thresholds find a cluster in maps like these without an effect."""
    input:
        maps=[rules.group_mask.output.stack, rules.group_mask.output.mask],
        maps_json=rules.group_mask.output.stack_json,
        t=lambda wildcards: statistic_map(wildcards.contrast),
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
        design_json="results/group/{contrast}/design.json",
    output:
        error_rate="results/group/{contrast}/error_rate.json",
    log:
        "logs/group_error_rate/{contrast}.log",
    benchmark:
        "benchmarks/group_error_rate/{contrast}.tsv"
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(60),
    params:
        code=code_digest("group_error_rate"),
        height_p=config["statistics"]["height_p"],
        extent_voxels=config["statistics"]["extent_voxels"],
        studies=config["statistics"]["null_studies"],
        seed=config["seed"],
    script:
        "../scripts/group_error_rate.py"


rule group_leave_one_out:
    """Analyse without each participant in turn, and see which clusters are still found."""
    input:
        maps=[rules.group_mask.output.stack, rules.group_mask.output.mask],
        maps_json=rules.group_mask.output.stack_json,
        t=lambda wildcards: statistic_map(wildcards.contrast),
        df="results/group/{contrast}/df.nii.gz",
        model="results/group/{contrast}/model.json",
        design="results/group/{contrast}/design.tsv",
        design_json="results/group/{contrast}/design.json",
    output:
        table="results/group/{contrast}/leave_one_out.tsv",
    log:
        "logs/group_leave_one_out/{contrast}.log",
    benchmark:
        "benchmarks/group_leave_one_out/{contrast}.tsv"
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1400),
        runtime=minutes(120),
    params:
        code=code_digest("group_leave_one_out"),
        height_p=config["statistics"]["height_p"],
        extent_voxels=config["statistics"]["extent_voxels"],
    script:
        "../scripts/group_leave_one_out.py"


rule group_clusters:
    """Threshold one contrast's t map and describe every cluster and peak that is left."""
    input:
        t=lambda wildcards: statistic_map(wildcards.contrast),
        df="results/group/{contrast}/df.nii.gz",
        model="results/group/{contrast}/model.json",
        effects=lambda wildcards: effect_maps(wildcards.contrast),
        evidence="results/group/{contrast}/evidence.json",
        permutation=either_direction(
            "permutation_cluster_p.nii.gz", "permutation_tfce_p.nii.gz", "permutation.json"
        ),
        error_rate=either_direction("error_rate.json"),
        leave_one_out=rules.group_leave_one_out.output.table,
        places=[rules.group_mask.output.lesion_overlap, *anatomical_atlas()],
    output:
        clusters="results/group/{contrast}/clusters.nii.gz",
        clusters_json="results/group/{contrast}/clusters.json",
        table="results/group/{contrast}/clusters.tsv",
        peaks="results/group/{contrast}/peaks.tsv",
        summary="results/group/{contrast}/summary.json",
    log:
        "logs/group_clusters/{contrast}.log",
    benchmark:
        "benchmarks/group_clusters/{contrast}.tsv"
    group:
        bundle("contrast")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
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
    group:
        bundle("paper")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("demographics"),
        rows=COHORT.people_rows("age", "sex"),
        groups=config["groups"],
        control_group=config["control_group"],
    script:
        "../scripts/demographics.py"


rule group:
    """Group statistics of every contrast."""
    input:
        of_contrasts("clusters.tsv"),
        rules.group_mask.output,
        rules.demographics.output,
