import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rt1t2.paper import contrast_evidence
from rt1t2.paper.markdown import to_html
from rt1t2.paper.tables import TABLE_2, certainty
from rt1t2.qc import headline
from rt1t2.qc.headline import p_value
from rt1t2.qc.pages import (
    column_headings,
    minus,
    numeric_columns,
    picture_uri,
    save_page,
)
from rt1t2.records import read_json
from rt1t2.significance import ALPHA
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    table_1: str,
    table_2: str,
    table_3: str,
    figure_1: str,
    figure_2: str,
    figure_3: str,
    figure_4: str,
    figure_sensitivity: str,
    figure_design: str,
    methods: str,
    tests: str,
    summaries: list[str],
    exclusions: str,
    metrics: str,
    calibration_facts: str,
    page: str,
    code: str,
    config: dict[str, Any],
    groups: dict[str, str],
    simulated: bool,
) -> None:
    tables = [read_tsv(path) for path in (table_1, table_2, table_3)]
    quality, missing = read_tsv(metrics), read_tsv(exclusions)
    facts = [read_json(path) for path in summaries]
    contrasts = headline.contrast_findings(
        config["contrasts"], groups, facts, tables[1]
    )
    any_cluster = any(finding.something for finding in contrasts)
    save_page(
        "report.html.j2",
        page,
        config=config,
        groups=groups,
        simulated=simulated,
        contrasts=contrasts,
        receptors=headline.receptor_findings(tables[2]),
        warnings=headline.warnings(
            config, quality, missing, read_tsv(tests), any_cluster
        ),
        calibration_warnings=read_json(calibration_facts)["Warnings"],
        table_1=tables[0],
        table_2=[{name: row[name] for name in TABLE_2} for row in tables[1]],
        certainty=certainty(tables[1]),
        table_3=tables[2],
        thresholds=contrast_evidence.threshold_table(facts),
        evidence=contrast_evidence.evidence_table(facts),
        not_permuted=contrast_evidence.not_permuted(facts),
        design=picture_uri(figure_design),
        corrected=corrected,
        headings=column_headings,
        numeric=numeric_columns,
        minus=minus,
        figures=[
            picture_uri(path) for path in (figure_1, figure_2, figure_3, figure_4)
        ],
        sensitivity=picture_uri(figure_sensitivity),
        methods=to_html(Path(methods).read_text()),
        metrics=quality,
        n_scanned=len(quality),
        exclusions=missing,
    )
    log.info("report of %.1f MB", Path(page).stat().st_size / 1e6)


def corrected(row: Mapping[str, str]) -> bool:
    return p_value(row.get("p FWE (cluster)", "n/a")) < ALPHA


if __name__ == "__main__":
    run(main, snakemake)
