# Region means of ratio and receptor maps -> z against controls -> Spearman, permutation p, FDR.
#
# fetch_receptor_map, fetch_atlas -> region_means, receptor_regions -> receptor_correlations
#   -> receptor_sensitivity -> figure_sensitivity; receptor_regions -> receptor_collinearity


rule fetch_receptor_map:
    """Take one receptor map from the mirror or download it; its sha256 must be the one in the table."""
    output:
        map="resources/receptors/{map}.nii.gz",
    log:
        "logs/fetch_receptor_map/{map}.log",
    benchmark:
        "benchmarks/fetch_receptor_map/{map}.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(20),
    params:
        code=code_digest("fetch_receptor_map"),
        row=lambda wildcards: RECEPTORS[wildcards.map],
        mirror=config["resources"]["mirror"],
    script:
        "../scripts/fetch_receptor_map.py"


rule fetch_atlas:
    """Take the region atlas and its labels from the mirror or download them."""
    output:
        image="resources/atlas/atlas.nii.gz",
        labels="resources/atlas/atlas.tsv",
    log:
        "logs/fetch_atlas.log",
    benchmark:
        "benchmarks/fetch_atlas.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(20),
    params:
        code=code_digest("fetch_atlas"),
        atlas=config["receptors"]["atlas"],
        mirror=config["resources"]["mirror"],
    script:
        "../scripts/fetch_atlas.py"


rule region_means:
    """Mean ratio of every participant in every atlas region, with the share of the region that had data."""
    input:
        maps=per_participant(peoples_maps()),
        atlas=correlation_atlas("image"),
        labels=correlation_atlas("labels"),
    output:
        regions="results/receptors/participant_regions.tsv",
    log:
        "logs/region_means.log",
    benchmark:
        "benchmarks/region_means.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    params:
        code=code_digest("region_means"),
        own_files=own_files(*peoples_maps()),
        participant_ids=COHORT.people,
        background=config["receptors"]["background"],
    script:
        "../scripts/region_means.py"


rule receptor_regions:
    """Mean of every receptor map, and of the grey-matter covariate, in every atlas region."""
    input:
        maps=[receptor_map(name) for name in RECEPTORS],
        atlas=correlation_atlas("image"),
        labels=correlation_atlas("labels"),
        gm_covariate=gm_covariate(),
    output:
        regions="results/receptors/map_regions.tsv",
    log:
        "logs/receptor_regions.log",
    benchmark:
        "benchmarks/receptor_regions.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(700),
        runtime=minutes(20),
    params:
        code=code_digest("receptor_regions"),
        names=list(RECEPTORS),
        background=config["receptors"]["background"],
    script:
        "../scripts/receptor_regions.py"


rule receptor_collinearity:
    """Correlate every receptor map with every other: maps that are alike cannot be told apart."""
    input:
        map_regions=rules.receptor_regions.output.regions,
    output:
        correlations="results/receptors/map_correlations.tsv",
        about="results/receptors/map_correlations.json",
    log:
        "logs/receptor_collinearity.log",
    benchmark:
        "benchmarks/receptor_collinearity.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("receptor_collinearity"),
        own_files=own_files(gm_covariate()),
        receptors={name: row["receptor"] for name, row in RECEPTORS.items()},
    script:
        "../scripts/receptor_collinearity.py"


rule receptor_correlations:
    """Correlate every patient group's regional z scores with every receptor map."""
    input:
        participant_regions=rules.region_means.output.regions,
        map_regions=rules.receptor_regions.output.regions,
        more_columns=named_tables(config["receptors"]["covariates"]),
    output:
        correlations="results/receptors/correlations.tsv",
        regions="results/receptors/regions.tsv",
        null="results/receptors/null.npz",
        individual="results/receptors/individual.tsv",
    log:
        "logs/receptor_correlations.log",
    benchmark:
        "benchmarks/receptor_correlations.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    params:
        code=code_digest("receptor_correlations"),
        own_files=own_files(gm_covariate()),
        participants=COHORT.people_rows(*config["receptors"]["covariates"]),
        control_group=config["control_group"],
        receptors=RECEPTORS,
        settings=receptor_settings("permutations", "scheme", "fdr_family", "missing", "covariates"),
    script:
        "../scripts/receptor_correlations.py"


rule receptor_sensitivity:
    """Repeat the correlations with other choices, against spatial nulls, without each person or region."""
    input:
        participant_regions=rules.region_means.output.regions,
        map_regions=rules.receptor_regions.output.regions,
        atlas=[correlation_atlas("image"), correlation_atlas("labels")],
        gm_covariate=other_gm_covariate(),
        more_columns=named_tables(config["receptors"]["covariates"]),
    output:
        sensitivity="results/receptors/sensitivity.tsv",
        about="results/receptors/sensitivity.json",
    log:
        "logs/receptor_sensitivity.log",
    benchmark:
        "benchmarks/receptor_sensitivity.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(60),
    params:
        code=code_digest("receptor_sensitivity"),
        own_files=own_files(other_gm_covariate()),
        participants=COHORT.people_rows(*config["receptors"]["covariates"]),
        control_group=config["control_group"],
        receptors=RECEPTORS,
        settings=config["receptors"]["sensitivity"]
        | receptor_settings(
            *("permutations", "scheme", "fdr_family", "background", "missing"),
            *("covariates", "parts"),
        ),
    script:
        "../scripts/receptor_sensitivity.py"


rule figure_sensitivity:
    """Draw how far every receptor correlation depends on choices, null and single participants."""
    input:
        sensitivity=rules.receptor_sensitivity.output.sensitivity,
    output:
        png=shown(
            "results/receptors/sensitivity.png",
            "figure_sensitivity",
            "Figures",
            figure="Sensitivity of the receptor correlations",
        ),
        svg="results/receptors/sensitivity.svg",
        pdf="results/receptors/sensitivity.pdf",
    log:
        "logs/figure_sensitivity.log",
    benchmark:
        "benchmarks/figure_sensitivity.tsv"
    group:
        bundle("receptors")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(900),
        runtime=minutes(10),
    params:
        code=code_digest("figure_sensitivity"),
        groups=config["groups"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/figure_sensitivity.py"


rule receptors:
    """Receptor correlations of every patient group, and how far they depend on choices."""
    input:
        rules.receptor_collinearity.output,
        rules.receptor_correlations.output,
        rules.receptor_sensitivity.output,
        rules.figure_sensitivity.output,
