# Native ratio of every atlas region, and every contrast in every region.
#
# region_values (everyone) -> region_table -> region_tests
#                                          -> region_harmonisation -> region_tests (where asked for)


rule region_values:
    """Carry the atlases to one participant and measure the unsmoothed ratio of every region."""
    input:
        ratio=rules.ratio_map.output.ratio,
        tissues=[rules.segment.output.gm, rules.segment.output.wm],
        lesion=rules.conform.output.lesion,
        way=[rules.normalise.output.affine, rules.normalise.output.displacement],
        atlas_images=region_atlases("image"),
        atlas_labels=region_atlases("labels"),
    output:
        table="results/regions/participants/{sub}.tsv",
    log:
        "logs/region_values/{sub}.log",
    benchmark:
        "benchmarks/region_values/{sub}.tsv"
    group:
        with_the_ratio
    conda:
        "../envs/imaging.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("region_values"),
        own_files=own_files(*region_atlases("image"), *region_atlases("labels")),
        participant=lambda wildcards: narrow_row(COHORT.row(wildcards.sub)),
        atlases=region_choices(),
        spheres=config["regions"]["spheres"],
    script:
        "../scripts/region_values.py"


rule region_table:
    """Put the regions of all participants into one table."""
    input:
        tables=per_participant(
            of_participants("results/regions/participants/{sub}.tsv", COHORT.analysed_scans)
        ),
    output:
        native="results/regions/native.tsv",
        about="results/regions/native.json",
    log:
        "logs/region_table.log",
    benchmark:
        "benchmarks/region_table.tsv"
    group:
        bundle("cohort")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("region_table"),
    script:
        "../scripts/region_table.py"


rule region_harmonisation:
    """Take the scan protocols out of the region values, by ComBat fitted on the controls, or say why not."""
    input:
        native=rules.region_table.output.native,
        more_columns=named_tables(["protocol", *config["statistics"]["covariates"]]),
    output:
        harmonised="results/regions/harmonised.tsv",
        about="results/regions/harmonised.json",
    log:
        "logs/region_harmonisation.log",
    benchmark:
        "benchmarks/region_harmonisation.tsv"
    group:
        bundle("cohort")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("region_harmonisation"),
        people=harmonised_people(),
        controls=harmonised_controls(),
        covariates=config["statistics"]["covariates"],
    script:
        "../scripts/region_harmonisation.py"


rule region_tests:
    """Test every contrast in every region, with intervals and FDR."""
    input:
        values=(
            rules.region_harmonisation.output if HARMONISED else [rules.region_table.output.native]
        ),
        more_columns=named_tables([*named_columns(*CONTRASTS), *HARMONISED]),
    output:
        tests="results/regions/tests.tsv",
        about="results/regions/tests.json",
    log:
        "logs/region_tests.log",
    benchmark:
        "benchmarks/region_tests.tsv"
    group:
        bundle("cohort")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        code=code_digest("region_tests"),
        contrasts=list(CONTRASTS.values()),
        rows=[design_rows(name) for name in CONTRASTS],
        covariates=[region_covariates(name) for name in CONTRASTS],
        variance=config["statistics"]["variance"],
    script:
        "../scripts/region_tests.py"


rule regions:
    """The ratio of every region, and its tests."""
    input:
        rules.region_table.output,
        rules.region_harmonisation.output if HARMONISED else [],
        rules.region_tests.output,
