# A page for every participant, one for the cohort, and who is missing and why.


rule qc_participant:
    """Draw every step of one participant on one page that opens offline, and collect its metrics."""
    input:
        series=rules.import_participant.output.series,
        origin=rules.conform.output.origin,
        lesion=rules.conform.output.lesion,
        conformed=[rules.conform.output.t1w, rules.conform.output.t2w],
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        brain=rules.segment.output.brain,
        brain_json=rules.segment.output.brain_json,
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        head=rules.segment.output.head,
        bias=rules.estimate_bias.output.bias_fields_json,
        transmit=transmit_map,
        landmarks=rules.reference_tissues.output.landmarks,
        reference=rules.calibration_reference.output.reference,
        affine=rules.normalise.output.affine,
        displacement=rules.normalise.output.displacement,
        displacement_json=rules.normalise.output.displacement_json,
        curve=rules.calibrate.output.curve,
        ratio=rules.ratio_map.output.ratio,
        ratio_json=rules.ratio_map.output.ratio_json,
        mni_ratio=rules.to_template.output.mni_ratio,
        template_maps=[
            rules.build_template.output.t1w,
            rules.build_template.output.brain,
            rules.build_template.output.gm,
            rules.build_template.output.wm,
        ],
        template_head_classes=rules.build_template.output.head_classes,
        smoothed=rules.smooth.output.smoothed,
        smoothed_json=rules.smooth.output.smoothed_json,
    output:
        page=shown("results/qc/{sub}.html", "qc_participant", "Quality", page="{sub}"),
        summary="results/qc/summaries/{sub}.json",
    log:
        "logs/qc_participant/{sub}.log",
    benchmark:
        "benchmarks/qc_participant/{sub}.tsv"
    wildcard_constraints:
        sub="sub-[A-Za-z0-9]+",
    group:
        with_the_ratio
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_digest("qc_participant"),
        participant=lambda wildcards: (
            narrow_row(COHORT.row(wildcards.sub), "age", "sex")
            | {"group_label": config["groups"][COHORT[wildcards.sub].group]}
        ),
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_participant.py"


rule exclusions:
    """List every participant who is not analysed, with the reason."""
    output:
        table=EXCLUSIONS,
    log:
        "logs/exclusions.log",
    benchmark:
        "benchmarks/exclusions.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("exclusions"),
        exclusions=COHORT.exclusions,
    script:
        "../scripts/exclusions.py"


rule benchmark_table:
    """What the study cost, by rule, on request: jobs, wall and CPU seconds, memory."""
    output:
        table="results/benchmark_table.tsv",
    log:
        "logs/benchmark_table.log",
    benchmark:
        "benchmarks/benchmark_table.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("benchmark_table"),
        own_files=lambda wildcards: own_files(*measured_so_far()),
        measured=measured_so_far,
    script:
        "../scripts/benchmark_table.py"


rule qc_calibration:
    """Show the cohort's calibration: protocols, repeated scans, landmarks by group, curves, other scales."""
    input:
        summaries=per_participant(
            of_participants("results/qc/summaries/{sub}.json", COHORT.scanned)
        ),
        reference=rules.calibration_reference.output.reference,
        protocols=rules.protocols.output.table,
        protocol_facts=rules.protocols.output.facts,
    output:
        page=shown("results/qc/calibration.html", "qc_calibration", "Quality", page="Calibration"),
        facts="results/qc/calibration.json",
    log:
        "logs/qc_calibration.log",
    benchmark:
        "benchmarks/qc_calibration.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_digest("qc_calibration"),
        participants=COHORT.scanned_rows("retest_of"),
        groups=config["groups"],
        calibration=config["calibration"]["method"],
        covariates=all_covariates(),
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_calibration.py"


rule qc_reliability:
    """Judge every calibration: agreement with a reference pattern, left-right bias, repeated scans."""
    input:
        summaries=per_participant(
            of_participants("results/qc/summaries/{sub}.json", COHORT.scanned)
        ),
    output:
        page=shown("results/qc/reliability.html", "qc_reliability", "Quality", page="Reliability"),
        table="results/qc/reliability.tsv",
    log:
        "logs/qc_reliability.log",
    benchmark:
        "benchmarks/qc_reliability.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_digest("qc_reliability"),
        participants=COHORT.scanned_rows("retest_of"),
        control_group=config["control_group"],
        calibration=config["calibration"]["method"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_reliability.py"


rule qc_cohort:
    """Compare all participants on one page: thumbnails, metrics with robust z, calibration, exclusions."""
    input:
        summaries=per_participant(
            of_participants("results/qc/summaries/{sub}.json", COHORT.scanned)
        ),
        calibration_facts=rules.qc_calibration.output.facts,
        exclusions=rules.exclusions.output.table,
        n=rules.group_mask.output.n,
        lesion_overlap=rules.group_mask.output.lesion_overlap,
        template_t1w=rules.build_template.output.t1w,
    output:
        pages=[
            shown("results/qc/index.html", "qc_cohort", "Quality", page="Cohort"),
            "results/qc/cohort.js",
        ],
        metrics="results/qc/metrics.tsv",
        series="results/qc/series.tsv",
    log:
        "logs/qc_cohort.log",
    benchmark:
        "benchmarks/qc_cohort.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1200),
        runtime=minutes(20),
    params:
        code=code_digest("qc_cohort"),
        participants=COHORT.scanned_rows("retest_of"),
        groups=config["groups"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_cohort.py"


rule qc:
    """Quality control pages."""
    input:
        rules.qc_cohort.output,
        rules.qc_calibration.output,
        rules.qc_reliability.output,
