"""Tables 1 and 2 as the paper prints them, from the full-precision tables of the workflow."""

from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from typing import Any

from rt1t2.contrasts import entry
from rt1t2.significance import rounded_p
from rt1t2.tables import number

Row = dict[str, str]

TABLE_1 = (
    "Group",
    "Sample size (n)",
    "Age in years, mean (± SD)",
    "Number of males/females",
)
TABLE_2 = (
    *("Contrast", "Cluster", "Peak x (mm)", "Peak y (mm)", "Peak z (mm)"),
    *("Centre of gravity x (mm)", "Centre of gravity y (mm)"),
    *("Centre of gravity z (mm)", "Number of voxels", "Volume (mm³)"),
    *("Peak T", "p FWE (peak)", "p FWE (cluster)", "Location"),
)
# Written beside the paper's columns; the report shows them in a table of their own.
CERTAINTY = (
    *("p FWE (extent, permutation)", "p FWE (TFCE, permutation)"),
    *("Hedges g at peak (95 % CI)", "log₁₀ BF₁₀ at peak"),
    *("Found without one participant (%)", "Of its voxels, in a lesion (%)"),
)
NOTHING = "no cluster survived"


def table_1(
    descriptives: Sequence[Row], tests: Sequence[Row], groups: Mapping[str, str]
) -> list[Row]:
    """Lay out who was studied, one row per group, then the p values of the comparisons."""
    rows = [
        dict(
            zip(
                TABLE_1,
                (
                    row["label"],
                    row["n"],
                    _mean_sd(row),
                    f"{row['n_male']}/{row['n_female']}",
                ),
                strict=True,
            )
        )
        for row in descriptives
    ]
    comparisons = dict.fromkeys(test["comparison"] for test in tests)
    for comparison in comparisons:
        tested = {t["variable"]: t for t in tests if t["comparison"] == comparison}
        codes = comparison.split(" - ")
        everybody = len(codes) == len(groups) and len(codes) > 2
        named = (
            "all groups" if everybody else " - ".join(groups[code] for code in codes)
        )
        cells = [
            f"{format_p(number(tested[variable]['p']))} ({tested[variable]['test']})"
            if variable in tested
            else "n/a"
            for variable in ("age", "sex")
        ]
        rows.append(dict(zip(TABLE_1, (f"p: {named}", "n/a", *cells), strict=True)))
    return rows


def table_2(
    contrasts: Sequence[str],
    clusters: Sequence[Sequence[Row]],
    summaries: Sequence[Mapping[str, Any]],
) -> list[Row]:
    """Lay out the clusters of every contrast; a contrast without any says so in one row."""
    rows = []
    for contrast, rows_of_contrast, summary in zip(
        contrasts, clusters, summaries, strict=True
    ):
        if not rows_of_contrast:
            searched = f"p < {summary['height_p']:g}, at least {summary['extent_voxels']} voxels"
            rows.append(
                {"Contrast": contrast, "Cluster": NOTHING, "Location": searched}
            )
        for row in rows_of_contrast:
            coordinates = [
                _whole(row[f"{kind}_{axis}_mm"])
                for kind in ("peak", "cog")
                for axis in "xyz"
            ]
            values = (
                *(contrast, row["cluster"], *coordinates, row["n_voxels"]),
                _whole(row["volume_mm3"]),
                f"{'' if 'peak_t' in row else 'F '}{number(entry(row, 'peak_t')):.2f}",
                format_p(number(row["peak_p_fwe"])),
                format_p(number(row["cluster_p_fwe"])),
                row["label"],
                *_evidence(row),
            )
            rows.append(dict(zip(TABLE_2 + CERTAINTY, values, strict=True)))
    return rows


# What is printed before an effect size that is not Hedges g
EFFECT_SIGNS = {
    "hedges_g": "",
    "d_z": "d_z ",
    "partial_r": "r ",
    "partial_eta2": "\N{GREEK SMALL LETTER ETA}\N{SUPERSCRIPT TWO} ",
}


def shown_clusters(table: Sequence[Row], primary: str) -> list[Row]:
    """Return table 2 with the paper's columns and that of the primary test."""
    place = TABLE_2.index("Location")
    names = (
        TABLE_2[:place] + (() if primary in TABLE_2 else (primary,)) + TABLE_2[place:]
    )
    return [{name: row.get(name, "n/a") for name in names} for row in table]


def certainty(table: Sequence[Row], primary: str) -> list[Row]:
    """Return how certain each cluster of table 2 is: the columns beside those shown."""
    beside = (name for name in CERTAINTY if name != primary)
    names = (*TABLE_2[:2], *beside)
    return [
        {name: row.get(name, "n/a") for name in names}
        for row in table
        if row["Cluster"] != NOTHING
    ]


def _evidence(row: Row) -> tuple[str, ...]:
    """Return the cells beside SPM's: permutation, effect, Bayes factor, stability, lesions."""

    def value(name: str) -> float:
        return number(row.get(name, "n/a"))

    measure = next((name for name in EFFECT_SIGNS if name in row), "hedges_g")
    g, low, high = (value(f"{measure}{end}") for end in ("", "_low", "_high"))
    bayes = value("log10_bf10")
    stable, damaged = (100 * value(name) for name in ("loo_share", "lesion_share"))
    return (
        format_p(value("cluster_p_fwe_permutation")),
        format_p(value("tfce_p_fwe")),
        f"{EFFECT_SIGNS[measure]}{g:.2f} ({low:.2f} to {high:.2f})"
        if isfinite(g)
        else "n/a",
        f"{bayes:.2f}" if isfinite(bayes) else "n/a",
        f"{stable:.0f}" if isfinite(stable) else "n/a",
        _percent(damaged),
    )


def _percent(value: float) -> str:
    """Print a percentage with one digit; ``0`` is exactly that, and little is ``<0.1``."""
    if not isfinite(value):
        return "n/a"
    if value == 0:
        return "0"
    return f"{value:.1f}" if value >= 0.05 else "<0.1"


def format_p(p: float) -> str:
    """Print a p value as papers do: two digits, three below 0.1, ``<0.001``."""
    if isnan(p):
        return "n/a"
    if p < 0.001:
        return "<0.001"
    return rounded_p(p, 3) if p < 0.0995 else f"{p:.2f}"


def _mean_sd(row: Row) -> str:
    mean, sd = number(row["age_mean"]), number(row["age_sd"])
    if not isfinite(mean):
        return "n/a"
    spread = f"(± {sd:.1f})" if isfinite(sd) else "(± n/a)"
    known = "" if row["age_n"] == row["n"] else f", n = {row['age_n']}"
    return f"{mean:.1f} {spread}{known}"


def _whole(text: str) -> str:
    """Round half away from zero, as readers do by hand; no minus zero."""
    value = number(text)
    return str(int(abs(value) + 0.5) * (-1 if value < 0 else 1))
