# Tables, figures, methods text and the report: everything a reader sees, each from one rule.


rule table_1:
    """Table 1: who was studied."""
    input:
        descriptives=rules.demographics.output.descriptives,
        tests=rules.demographics.output.tests,
    output:
        table=shown("results/paper/table_1.tsv", "table_1", "Tables", table="Table 1: participants"),
    log:
        "logs/table_1.log",
    benchmark:
        "benchmarks/table_1.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("table_1"),
        groups=config["groups"],
    script:
        "../scripts/table_1.py"


rule table_2:
    """Table 2: the clusters of every contrast."""
    input:
        clusters=of_contrasts("clusters.tsv"),
        summaries=of_contrasts("summary.json"),
    output:
        table=shown("results/paper/table_2.tsv", "table_2", "Tables", table="Table 2: clusters"),
    log:
        "logs/table_2.log",
    benchmark:
        "benchmarks/table_2.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("table_2"),
        contrasts=list(CONTRASTS),
    script:
        "../scripts/table_2.py"


rule table_3:
    """Table 3: receptor correlations of every patient group."""
    input:
        correlations=rules.receptor_correlations.output.correlations,
    output:
        table=shown(
            "results/paper/table_3.tsv", "table_3", "Tables", table="Table 3: receptor maps"
        ),
    log:
        "logs/table_3.log",
    benchmark:
        "benchmarks/table_3.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/statistics.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("table_3"),
        groups=config["groups"],
        fdr_family=config["receptors"]["fdr_family"],
    script:
        "../scripts/table_3.py"


rule figure_1:
    """Figure 1: every comparison on slices, glass brain and cortex, with its clusters."""
    input:
        t=statistic_maps(),
        clusters=of_contrasts("clusters.nii.gz"),
        tables=of_contrasts("clusters.tsv"),
        summaries=of_contrasts("summary.json"),
        template_t1w=rules.build_template.output.t1w,
    output:
        png=shown("results/paper/figure_1.png", "figure_1", "Figures", figure="Figure 1: clusters"),
        svg="results/paper/figure_1.svg",
        pdf="results/paper/figure_1.pdf",
    log:
        "logs/figure_1.log",
    benchmark:
        "benchmarks/figure_1.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("figure_1"),
        config=choices("groups", "control_group", "contrasts", "statistics.primary_test"),
    script:
        "../scripts/figure_1.py"


rule figure_2:
    """Figure 2: correlation with every receptor map, each patient a dot."""
    input:
        correlations=rules.receptor_correlations.output.correlations,
        individual=rules.receptor_correlations.output.individual,
    output:
        png=shown(
            "results/paper/figure_2.png", "figure_2", "Figures", figure="Figure 2: receptor maps"
        ),
        svg="results/paper/figure_2.svg",
        pdf="results/paper/figure_2.pdf",
    log:
        "logs/figure_2.log",
    benchmark:
        "benchmarks/figure_2.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_digest("figure_2"),
        groups=config["groups"],
        simulated=bool(config["simulation"]),
        formula=config["ratio"]["formula"],
    script:
        "../scripts/figure_2.py"


rule figure_3:
    """Figure 3: how far each patient group lies from the controls: receptor radar, effect and slices."""
    input:
        correlations=rules.receptor_correlations.output.correlations,
        t=statistic_maps(),
        clusters=of_contrasts("clusters.nii.gz"),
        maps=per_participant(study_maps()),
        template_t1w=rules.build_template.output.t1w,
    output:
        png=shown(
            "results/paper/figure_3.png",
            "figure_3",
            "Figures",
            figure="Figure 3: groups and controls",
        ),
        svg="results/paper/figure_3.svg",
        pdf="results/paper/figure_3.pdf",
    log:
        "logs/figure_3.log",
    benchmark:
        "benchmarks/figure_3.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1800),
        runtime=minutes(20),
    params:
        code=code_digest("figure_3"),
        own_files=own_files(*study_maps()),
        config=choices("groups", "control_group", "contrasts"),
        participants=COHORT.analysed_rows(),
    script:
        "../scripts/figure_3.py"


rule figure_4:
    """Figure 4: the processing steps, on one participant's own images."""
    input:
        t1w=example_image("desc-preproc_T1w"),
        t2w=example_image("space-T1w_desc-preproc_T2w"),
        brain=example_image("desc-brain_mask"),
        gm=example_image("label-GM_probseg"),
        wm=example_image("label-WM_probseg"),
        calibrated_t1w=example_image("desc-calibrated_T1w"),
        calibrated_t2w=example_image("space-T1w_desc-calibrated_T2w"),
        ratio=example_image("T1wT2wratio"),
        mni_ratio=example_image("space-MNI152NLin2009aSym_T1wT2wratio"),
        smoothed=example_image("space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio"),
    output:
        png=shown(
            "results/paper/figure_4.png", "figure_4", "Figures", figure="Figure 4: processing"
        ),
        svg="results/paper/figure_4.svg",
        pdf="results/paper/figure_4.pdf",
    log:
        "logs/figure_4.log",
    benchmark:
        "benchmarks/figure_4.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_digest("figure_4"),
        config=choices(
            *("conform.voxel_mm", "bias_correction.method", "calibration.method"),
            *("ratio.formula", "normalisation.estimate_mm", "normalisation.voxel_mm", "smoothing"),
            *("statistics.variance", "statistics.height_p", "statistics.extent_voxels"),
            "receptors.permutations",
        ),
    script:
        "../scripts/figure_4.py"


rule figure_design:
    """Picture of the design: who is in which group, and the covariates, for every contrast."""
    input:
        designs=of_contrasts("design.tsv"),
        designs_json=of_contrasts("design.json"),
    output:
        png=shown("results/paper/figure_design.png", "figure_design", "Figures", figure="Design"),
        svg="results/paper/figure_design.svg",
        pdf="results/paper/figure_design.pdf",
    log:
        "logs/figure_design.log",
    benchmark:
        "benchmarks/figure_design.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("figure_design"),
        config=choices("groups", "control_group", "contrasts"),
    script:
        "../scripts/figure_design.py"


rule methods:
    """Write the methods text from what was configured and measured, ready to be pasted into a paper."""
    input:
        summaries=of_contrasts("summary.json"),
        correlations=rules.receptor_correlations.output.correlations,
        sensitivity=rules.receptor_sensitivity.output.sensitivity,
        tests=rules.demographics.output.tests,
        exclusions=rules.exclusions.output.table,
        metrics=rules.qc_cohort.output.metrics,
        records=[
            rules.qc_calibration.output.facts,
            rules.region_harmonisation.output.about if HARMONISED else [],
        ],
    output:
        text=shown("results/paper/methods.md", "methods", "Pages", page="Methods text"),
        bibliography="results/paper/references.bib",
    log:
        "logs/methods.log",
    benchmark:
        "benchmarks/methods.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("methods"),
        config=methods_config(),
        people=described_people(),
    script:
        "../scripts/methods.py"


rule tables_docx:
    """Tables 1 to 3 for word processors."""
    input:
        tables=[
            rules.table_1.output.table,
            rules.table_2.output.table,
            rules.table_3.output.table,
        ],
    output:
        document=shown(
            "results/paper/tables.docx",
            "tables_docx",
            "Tables",
            table="Tables for word processors",
        ),
    log:
        "logs/tables_docx.log",
    benchmark:
        "benchmarks/tables_docx.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("tables_docx"),
        config=choices("groups", "control_group", "contrasts", "statistics.primary_test"),
        simulated=bool(config["simulation"]),
    script:
        "../scripts/tables_docx.py"


rule methods_docx:
    """The methods text for word processors."""
    input:
        text=rules.methods.output.text,
    output:
        document=shown(
            "results/paper/methods.docx",
            "methods_docx",
            "Pages",
            page="Methods text for word processors",
        ),
    log:
        "logs/methods_docx.log",
    benchmark:
        "benchmarks/methods_docx.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("methods_docx"),
    script:
        "../scripts/methods_docx.py"


rule viewer:
    """Put every map on one page that turns them in three dimensions and opens offline."""
    input:
        maps=[path for contrast in comparisons() for path in viewer_maps(contrast)],
        tables=of_contrasts("clusters.tsv"),
        summaries=of_contrasts("summary.json"),
        ratio_maps=per_participant(study_maps()),
        template_t1w=rules.build_template.output.t1w,
        picture=rules.figure_1.output.png,
    output:
        page=shown("results/viewer.html", "viewer", "Pages", page="Viewer"),
    log:
        "logs/viewer.log",
    benchmark:
        "benchmarks/viewer.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    params:
        code=code_digest("viewer"),
        own_files=own_files(*study_maps()),
        config=choices("groups", "control_group", "contrasts", "statistics.primary_test"),
        groups=[COHORT[sub].group for sub in COHORT.analysed],
    script:
        "../scripts/viewer.py"


rule report:
    """Put tables, figures, methods and links to the quality pages on one page that opens offline."""
    input:
        tables=[
            rules.table_1.output.table,
            rules.table_2.output.table,
            rules.table_3.output.table,
            rules.receptor_sensitivity.output.sensitivity,
            rules.receptor_collinearity.output.correlations,
            rules.demographics.output.tests,
            rules.exclusions.output.table,
            rules.qc_cohort.output.metrics,
        ],
        figures=[
            rules.figure_1.output.png,
            rules.figure_2.output.png,
            rules.figure_3.output.png,
            rules.figure_4.output.png,
            rules.figure_design.output.png,
            rules.figure_sensitivity.output.png,
        ],
        methods=rules.methods.output.text,
        summaries=of_contrasts("summary.json"),
        records=[
            rules.qc_calibration.output.facts,
            rules.region_harmonisation.output.about if HARMONISED else [],
        ],
        linked=[
            rules.viewer.output.page,
            rules.tables_docx.output.document,
            rules.methods_docx.output.document,
            rules.qc_reliability.output.page,
        ],
    output:
        page=shown("results/report.html", "report", "Pages", page="Report"),
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    group:
        bundle("paper")
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=code_digest("report"),
        config=choices(
            *("groups", "control_group", "contrasts", "calibration.method"),
            *("bias_correction.method", "smoothing", "statistics.height_p"),
            *("statistics.extent_voxels", "statistics.covariates"),
            *("statistics.primary_test", "ratio.formula", "seed"),
        ),
        people=described_people(),
    script:
        "../scripts/report.py"


rule paper:
    """Every table, figure and the methods text."""
    input:
        rules.table_1.output,
        rules.table_2.output,
        rules.table_3.output,
        rules.figure_1.output,
        rules.figure_2.output,
        rules.figure_3.output,
        rules.figure_4.output,
        rules.figure_design.output,
        rules.viewer.output,
        rules.methods.output,
        rules.tables_docx.output,
        rules.methods_docx.output,
