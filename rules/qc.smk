# A page for every participant, one for the cohort, and who is missing and why.


rule qc_participant:
    """Draw every step of one participant on one page that opens offline, and collect its metrics."""
    input:
        t1w_json=rules.import_participant.output.t1w_json,
        t2w_json=rules.import_participant.output.t2w_json,
        series=rules.import_participant.output.series,
        origin=rules.find_origin.output.origin,
        conformed_t1w=rules.conform.output.t1w,
        conformed_t2w=rules.register_t2w.output.t2w,
        register_metrics=rules.register_t2w.output.metrics,
        t1w=rules.correct_bias.output.t1w,
        t2w=rules.correct_bias.output.t2w,
        bias=rules.correct_bias.output.bias,
        brain=rules.segment_tissue.output.brain,
        gm=rules.segment_tissue.output.gm,
        wm=rules.segment_tissue.output.wm,
        head=rules.segment_tissue.output.head,
        lesion=rules.conform.output.lesion,
        landmarks=rules.intensity_landmarks.output.landmarks,
        reference=rules.calibration_reference.output.reference,
        curve=rules.calibrate.output.curve,
        ratio=rules.ratio_map.output.ratio,
        normalise_metrics=rules.normalise.output.metrics,
        mni_t1w=rules.warp_ratio.output.t1w,
        mni_ratio=rules.warp_ratio.output.ratio,
        smoothed=rules.smooth_ratio.output.smoothed,
        template_t1w=rules.build_template.output.t1w,
        template_brain=rules.build_template.output.brain,
        template_gm=rules.build_template.output.gm,
        template_wm=rules.build_template.output.wm,
    output:
        page="results/qc/{sub}.html",
        metrics="results/qc/metrics/{sub}.json",
        thumbnail="results/qc/metrics/{sub}.png",
    log:
        "logs/qc_participant/{sub}.log",
    benchmark:
        "benchmarks/qc_participant/{sub}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=code_digest("qc_participant"),
        participant=lambda wildcards: COHORT.row(wildcards.sub),
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_participant.py"


rule exclusions:
    """List every participant who is not analysed, with the reason."""
    input:
        participants=str(PARTICIPANTS_TABLE),
    output:
        table="results/qc/exclusions.tsv",
    log:
        "logs/exclusions.log",
    benchmark:
        "benchmarks/exclusions.tsv"
    conda:
        "../envs/import.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        code=code_digest("exclusions"),
        exclusions=COHORT.exclusions,
    script:
        "../scripts/exclusions.py"


rule qc_cohort:
    """Compare all participants on one page: thumbnails, metrics with robust z, calibration, exclusions."""
    input:
        participant_metrics=expand(rules.qc_participant.output.metrics, sub=COHORT.scanned),
        thumbnails=expand(rules.qc_participant.output.thumbnail, sub=COHORT.scanned),
        pages=expand(rules.qc_participant.output.page, sub=COHORT.scanned),
        landmarks=expand(rules.intensity_landmarks.output.landmarks, sub=COHORT.scanned),
        curves=expand(rules.calibrate.output.curve, sub=COHORT.scanned),
        reference=rules.calibration_reference.output.reference,
        participant_series=expand(rules.import_participant.output.series, sub=COHORT.scanned),
        exclusions=rules.exclusions.output.table,
        n=rules.group_mask.output.n,
        lesion_overlap=rules.group_mask.output.lesion_overlap,
        template_t1w=rules.build_template.output.t1w,
    output:
        page="results/qc/index.html",
        metrics="results/qc/metrics.tsv",
        series="results/qc/series.tsv",
    log:
        "logs/qc_cohort.log",
    benchmark:
        "benchmarks/qc_cohort.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        code=code_digest("qc_cohort"),
        participants=COHORT.scanned_rows(),
        groups=config["groups"],
        calibration=config["calibration"]["method"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/qc_cohort.py"


rule qc:
    """Quality control pages."""
    input:
        rules.qc_cohort.output,
