"""The report: summary, tables, figures, evidence and methods on one page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rt1t2.paper import contrast_evidence, headline, permuted_p, receptor_support
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.harmonisation_sentence import harmonisation_sentence
from rt1t2.paper.markdown import to_html
from rt1t2.paper.primary_test import PRIMARY_TESTS, PrimaryTest
from rt1t2.paper.reading_guide import reading_guide
from rt1t2.paper.shown_tables import ShownTable, printed, shown_tables, spread
from rt1t2.paper.study_facts import study_facts
from rt1t2.qc.pages import column_headings, numeric_columns, starred
from rt1t2.ratio.ratio import MEASURES

Record = Mapping[str, Any]
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Results:
    """The tables, figures, texts and facts that the report shows, as they were read.

    Attributes
    ----------
    table_1, table_2, table_3
        Rows of the paper's tables.
    figures
        Data URI of every figure, by its file's name without ending.
    methods
        The methods text, Markdown.
    tests, exclusions, metrics
        Rows of demographics' ``tests.tsv``, of ``exclusions.tsv`` and ``metrics.tsv``.
    sensitivity, map_correlations
        Rows of ``sensitivity.tsv`` and ``map_correlations.tsv`` of the receptors.
    summaries
        ``summary.json`` of every contrast, in the order of the config.
    calibration
        ``calibration.json``.
    people
        What the analysed came with, and how many are in each group.
    harmonisation
        ``regions/harmonised.json``, where the config asks for it.
    """

    table_1: Rows
    table_2: Rows
    table_3: Rows
    figures: Mapping[str, str]
    methods: str
    tests: Rows
    exclusions: Rows
    metrics: Rows
    sensitivity: Rows
    map_correlations: Rows
    summaries: Sequence[Record]
    calibration: Record
    people: Record
    harmonisation: Sequence[Record] = ()


@dataclass(frozen=True)
class ReportPage:
    """What ``report.html.j2`` shows, and the functions with which it lays tables out."""

    config: Record
    groups: Mapping[str, str]
    simulated: bool
    facts: Mapping[str, str]
    contrasts: Sequence[headline.Finding]
    receptors: Sequence[headline.Finding]
    warnings: Sequence[str]
    calibration_warnings: Sequence[str]
    harmonised: str
    guide: Sequence[tuple[str, str]]
    tables: Mapping[str, ShownTable]
    support: Rows
    support_sentences: Sequence[str]
    thresholds: Rows
    evidence: Rows
    not_permuted: Sequence[str]
    n_null_studies: int
    figures: Mapping[str, str]
    methods: str
    measure: str
    metrics: Rows
    n_scanned: int
    exclusions: Rows
    primary: PrimaryTest
    headings: Callable[[Sequence[str]], list[dict[str, Any]]]
    numeric: Callable[[Rows], set[str]]
    printed: Callable[[str], str]
    spread: Callable[[Mapping[str, str]], str]
    starred: Callable[[str], bool]


def make_page(config: Record, results: Results) -> ReportPage:
    """Say what was found, and put the results beside it.

    Parameters
    ----------
    config
        The configuration without local paths.
    results
        What the rules before the report wrote.
    """
    groups = config["groups"]
    primary = PRIMARY_TESTS[config["statistics"]["primary_test"]]
    pairs = contrast_pairs(config["contrasts"], list(groups), config["control_group"])
    contrasts = headline.contrast_findings(
        *(config["contrasts"], pairs, groups, results.summaries, results.table_2),
        primary,
    )
    names = (contrast["name"] for contrast in config["contrasts"])
    summary_of = dict(zip(names, results.summaries, strict=True))
    compared = {pair.title(groups): summary_of[pair.source] for pair in pairs}
    uncertain = permuted_p.uncertain(results.summaries, results.table_2, primary)
    return ReportPage(
        config=config,
        groups=groups,
        simulated=bool(config["simulation"]),
        facts=study_facts(
            config, results.people, len(results.metrics), results.exclusions
        ),
        contrasts=contrasts,
        receptors=headline.receptor_findings(results.table_3),
        warnings=headline.warnings(
            config,
            results.metrics,
            results.exclusions,
            results.tests,
            any(finding.found_any for finding in contrasts),
            len(pairs),
        )
        + uncertain,
        calibration_warnings=results.calibration["Warnings"],
        harmonised=harmonisation_sentence(results.harmonisation),
        guide=reading_guide(config, results.people, bool(results.table_3)),
        tables=shown_tables(
            results.table_1, results.table_2, results.table_3, primary, pairs
        ),
        support=receptor_support.support_table(
            results.sensitivity, results.map_correlations, groups
        ),
        support_sentences=receptor_support.support_sentences(
            results.sensitivity, results.map_correlations, groups
        ),
        thresholds=contrast_evidence.threshold_table(compared),
        evidence=contrast_evidence.evidence_table(compared),
        not_permuted=contrast_evidence.not_permuted(results.summaries),
        n_null_studies=contrast_evidence.simulated_studies(results.summaries),
        figures=results.figures,
        methods=to_html(results.methods),
        measure=MEASURES[config["ratio"]["formula"]],
        metrics=results.metrics,
        n_scanned=len(results.metrics),
        exclusions=results.exclusions,
        primary=primary,
        headings=column_headings,
        numeric=numeric_columns,
        printed=printed,
        spread=spread,
        starred=starred,
    )
