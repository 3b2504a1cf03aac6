"""The first lines of the report: what was found in each contrast, and what to beware of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rt1t2.contrasts import meaning
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.qc.metrics import number
from rt1t2.significance import ALPHA
from rt1t2.workflow.exclusions import excluded_people

Row = Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """One contrast or group: its name, what was found in words, and whether anything was."""

    name: str
    text: str
    found_any: bool


def contrast_findings(
    contrasts: Sequence[Mapping[str, Any]],
    groups: Mapping[str, str],
    summaries: Sequence[Mapping[str, Any]],
    table_2: Sequence[Row],
    primary: PrimaryTest,
) -> list[Finding]:
    """Say for every contrast how many clusters there are, and what the primary test says."""
    findings = []
    for contrast, summary in zip(contrasts, summaries, strict=True):
        meant = meaning(contrast, groups)
        rows = [row for row in table_2 if row.get("Contrast") == contrast["name"]]
        rows = [row for row in rows if is_number(row.get("Cluster", ""))]
        if not rows:
            text = (
                f"{meant}: no cluster at p < {summary['height_p']:g} and at least "
                f"{summary['extent_voxels']} voxels."
            )
        else:
            largest = max(rows, key=lambda row: number(row["Volume (mm³)"]))
            size = number(largest["Volume (mm³)"]) / 1000
            place = [largest[f"Centre of gravity {axis} (mm)"] for axis in "xyz"]
            where = ", ".join(place).replace("-", "\N{MINUS SIGN}")
            text = (
                f"{meant}: {len(rows)} cluster{'s' if len(rows) > 1 else ''}, "
                f"{_decided(rows, primary)}. The largest has {size:.1f} ml about "
                f"({where}) mm"
            )
            p = largest.get(primary.printed, "n/a")
            if is_number(p.removeprefix("<")):
                text += f", p(FWE) {p if p.startswith('<') else f'= {p}'}"
            label = largest.get("Location", "n/a")
            text += "." if label in {"n/a", ""} else f": {label}."
        findings.append(Finding(contrast["name"], text, bool(rows)))
    return findings


def _decided(rows: Sequence[Row], primary: PrimaryTest) -> str:
    """Say how many clusters the primary test finds, and the smallest p where it finds any."""
    tested = [p for row in rows if (p := primary.printed_p(row)) == p]
    if not tested:
        return f"which the primary test ({primary.words}) could not judge"
    found = sum(p < ALPHA for p in tested)
    # "<0.001" counts as 0.001, and is less
    least = min(
        (row[primary.printed] for row in rows if primary.printed_p(row) == min(tested)),
        key=lambda printed: not printed.startswith("<"),
    )
    least = least if least.startswith("<") else f"= {least}"
    return (
        f"{found} of them at p(FWE) < {ALPHA:g} by the primary test ({primary.words}; "
        f"smallest p {least})"
    )


def receptor_findings(table_3: Sequence[Row]) -> list[Finding]:
    """Say for every patient group which maps it correlates with after correction, and before."""
    columns = [c for c in (table_3[0] if table_3 else {}) if ": p FDR" in c]
    findings = []
    for column in columns:
        group = column.split(": p FDR")[0]
        after = [row for row in table_3 if row[column].endswith("*")]
        before = [
            row
            for row in table_3
            if row not in after and number(row.get(f"{group}: p")) < ALPHA
        ]
        text = (
            f"mean Fisher z significant at p(FDR) < {ALPHA:g} with {_maps(after, group)}."
            if after
            else f"none of {len(table_3)} maps at p(FDR) < {ALPHA:g}, which is not evidence "
            "of no correlation."
        )
        if before:
            text += f" At p < {ALPHA:g} before correction only: {_maps(before, group, 'p')}."
        findings.append(Finding(group, text, bool(after)))
    return findings


def _maps(rows: Sequence[Row], group: str, p: str = "") -> str:
    """Name maps with their mean Fisher z, and a column ``p`` of the group, largest z first."""
    named = []
    for row in rows:
        z = number(row.get(f"{group}: mean Fisher z")) + 0.0
        text = f"{z:.2f}".replace("-", "\N{MINUS SIGN}")
        text += f"; p = {row[f'{group}: {p}']}" if p else ""
        named.append((abs(z), f"{row['Map']} ({text})"))
    return ", ".join(text for _, text in sorted(named, reverse=True))


def warnings(
    config: Mapping[str, Any],
    metrics: Sequence[Row],
    exclusions: Sequence[Row],
    tests: Sequence[Row],
    any_cluster: bool,
) -> list[str]:
    """Return what a reader must know before believing the summary."""
    texts = []
    flagged = [row for row in metrics if number(row.get("n_flags")) > 0]
    if flagged:
        texts.append(
            f"{len(flagged)} of {len(metrics)} participants processed from their scans have "
            "something to look at on their quality pages."
        )
    if exclusions:
        n = len(excluded_people(exclusions))
        texts.append(
            f"{n} participant{' is' if n == 1 else 's are'} not analysed; reasons below."
        )
    if any_cluster:
        texts.append(
            "A cluster at an uncorrected threshold is not a finding by itself, however "
            "large: the primary test decides, and all others stand beside it."
        )
    differing = [
        f"{test['variable']} ({test['comparison']})"
        for test in tests
        if number(test.get("p")) < ALPHA
    ]
    if differing:
        texts.append(f"The groups differ in {', '.join(differing)}; see table 1.")
    if not metrics:
        return texts  # nobody was scanned: the choices below had no part in the maps
    if config["smoothing"]["edges"] == "zero_fill":
        texts.append(
            "Smoothing counts undefined voxels as zero, as SPM does: lesions in one group "
            "alone can produce clusters. Compare with edges: normalised."
        )
    if config["calibration"]["method"] == "none":
        texts.append(
            "Intensities were not calibrated: the overall level of the ratio means nothing."
        )
    if config["bias_correction"]["method"] == "none":
        texts.append("Bias fields were not corrected.")
    return texts


def is_number(text: str) -> bool:
    """Tell whether a cell holds a number."""
    return number(text) == number(text)
