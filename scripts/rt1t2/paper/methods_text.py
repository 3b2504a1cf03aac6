"""What the methods text states: choices of the configuration, and numbers that were measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rt1t2.contrasts import entry
from rt1t2.paper.contrast_evidence import (
    error_rate_text,
    error_rates,
    not_permuted,
    simulated_studies,
)
from rt1t2.paper.contrast_pairs import ContrastPair, compared, contrast_pairs
from rt1t2.paper.design_sentences import (
    how_tested,
    other_effects,
    other_permutations,
)
from rt1t2.paper.harmonisation_sentence import harmonisation_sentence
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.processing_facts import map_texts, settings, software_sentence
from rt1t2.paper.protocol_sentences import protocol_sentences
from rt1t2.paper.references import Citations, read_bibliography
from rt1t2.qc.metric_definitions import BY_NAME
from rt1t2.qc.metrics import formatted, number
from rt1t2.qc.pages import TEMPLATES, render
from rt1t2.ratio.ratio import T1W_OVER_T2W, log_units
from rt1t2.receptors.cohort import reason_against
from rt1t2.receptors.sensitivity_table import OF_REGIONS
from rt1t2.significance import ALPHA, printed_p
from rt1t2.workflow.checkout import commit
from rt1t2.workflow.exclusions import excluded_people

Row = Mapping[str, str]


# What the paper did, by configuration key; the text marks where this run differs.
PAPER = (
    (("conform", "voxel_mm"), 1.0, "isotropic voxels of the conformed images (mm)"),
    (
        ("bias_correction", "method"),
        "n4",
        "bias correction (the paper: each image alone)",
    ),
    (("calibration", "method"), "nonlinear", "intensity calibration"),
    (("ratio", "formula"), T1W_OVER_T2W, "formula of the ratio"),
    (("normalisation", "voxel_mm"), 1.0, "voxels of the normalised maps (mm)"),
    (("smoothing", "fwhm_mm"), 10, "smoothing, FWHM (mm)"),
    (("smoothing", "edges"), "zero_fill", "smoothing at edges and lesions"),
    (("statistics", "variance"), "unequal", "variance of the groups"),
    (("statistics", "height_p"), 0.001, "height threshold (p)"),
    (("statistics", "missing"), "exclude_voxel", "voxels where somebody has no data"),
    (("receptors", "background"), "include", "background voxels in region means"),
    (("receptors", "scheme"), "balanced", "permutation scheme"),
    (("receptors", "fdr_family"), "pooled", "family of the false discovery rate"),
)

# Choices about scans: nothing to compare where everybody came with a finished map.
STEPS_OF_SCANS = (
    *("conform.", "bias_correction.", "calibration.", "ratio."),
    *("normalisation.", "smoothing."),
)

REPORTED_METRICS = (
    "t2w_coverage_percent",
    "excluded_percent",
    "brain_volume_ml",
    "ratio_wm_median",
    "ratio_gm_median",
    "dice_gm",
    "dice_wm",
    "folded_voxels",
)


def _pairs(config: Mapping[str, Any]) -> list[ContrastPair]:
    return contrast_pairs(
        config["contrasts"], list(config["groups"]), config["control_group"]
    )


def facts(
    config: Mapping[str, Any],
    summaries: Sequence[Mapping[str, Any]],
    correlations: Sequence[Row],
    sensitivity: Sequence[Row],
    tests: Sequence[Row],
    exclusions: Sequence[Row],
    metrics: Sequence[Row],
    calibration: Mapping[str, Any],
    people: Mapping[str, Any],
    harmonisation: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return everything that ``methods.md.j2`` prints, as plain values and texts.

    ``people`` says what the analysed came with
    (:meth:`rt1t2.workflow.cohort.Cohort.sources`), how many are in each group (``by_group``),
    what the receptor table says of each map (``maps``), and the version of ``snakemake``. A
    step that nobody went through is not described. ``harmonisation`` is
    ``regions/harmonised.json``, where the config asks for it.
    """
    return {
        "config": config,
        "simulated": bool(config.get("simulation")),
        "people": people,
        "n_participants": sum(people["by_group"].values()),
        "n_excluded": len(excluded_people(exclusions)),
        "reasons": reasons(exclusions),
        "choices": [
            row
            for row in choices(config, summaries)
            if people["scans"] or not row["key"].startswith(STEPS_OF_SCANS)
        ],
        "tested": how_tested(summaries, config["statistics"]["covariates"]),
        "other_effects": other_effects(summaries),
        "other_permutations": other_permutations(summaries),
        "compared": compared(len(config["contrasts"]), len(_pairs(config))),
        "contrasts": [contrast_facts(summary) for summary in summaries],
        "extent_ml": extent_ml(config, summaries),
        "n_null_studies": simulated_studies(summaries),
        "stationary_df": stationary_df(summaries),
        "permuted": permuted(summaries),
        "primary": PRIMARY_TESTS[config["statistics"]["primary_test"]].words,
        "any_cluster": any(number(s.get("n_clusters")) > 0 for s in summaries),
        "receptor_groups": receptor_facts(correlations, sensitivity),
        "not_correlated": not_correlated(config, people["by_group"], correlations),
        "map_choices": map_choices(correlations),
        "not_permuted": not_permuted(summaries),
        "n_maps": len({row["map"] for row in correlations}),
        "maps": map_texts(people["maps"], [row["map"] for row in correlations]),
        "settings": settings(),
        "converters": calibration["Software"]["Converters"],
        "software": software_sentence(
            calibration["Software"], summaries, people["snakemake"], commit()
        ),
        "n_permutations": _common(correlations, "n_permutations"),
        "n_regions": _range(correlations, "n_regions"),
        "tests": [test_sentence(test) for test in tests],
        "measured": measured(metrics),
        "protocols": protocol_sentences(
            calibration,
            config["calibration"]["method"],
            "protocol" in config["statistics"]["covariates"],
        ),
        "n_scanned": len(metrics),
        "harmonised": {
            "text": harmonisation_sentence(harmonisation),
            "done": any(len(told["Effects"]) for told in harmonisation),
        },
        "log_units": f"{log_units(config['calibration']['method']):g}",
    }


def written(stated: Mapping[str, Any]) -> tuple[str, str]:
    """Return the text of :func:`facts`, and its references as BibTeX."""
    citations = Citations(read_bibliography((TEMPLATES / "references.bib").read_text()))
    text = render(
        "methods.md.j2", **stated, ref=citations.number, references=citations.cited
    )
    return text, citations.bibtex()


def choices(
    config: Mapping[str, Any], summaries: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, str]]:
    """Compare the configuration with the paper's choices."""
    rows = []
    for path, paper, meaning in PAPER:
        value: Any = config
        for key in path:
            value = (value or {}).get(key)
        rows.append(
            {
                "key": ".".join(path),
                "meaning": meaning,
                "here": str(value),
                "paper": str(paper),
                "same": value == paper,
            }
        )
    rows.append(
        {
            "key": "statistics.extent_voxels",
            "meaning": "extent threshold (ml)",
            "here": extent_ml(config, summaries),
            "paper": "0.75",
            "same": extent_ml(config, summaries) == "0.75",
        }
    )
    return rows


def reasons(exclusions: Sequence[Row]) -> list[str]:
    """Count whom each reason leaves out, the participant's own id left out of the text."""
    people = {(row["participant_id"], row.get("reason", "n/a")) for row in exclusions}
    counted = Counter(reason.removeprefix(f"{who}: ") for who, reason in people)
    return [f"{reason} (n = {n})" for reason, n in sorted(counted.items())]


def contrast_facts(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return what is printed of one contrast: size, df, thresholds, smoothness, result."""
    fwhm = [number(v) for v in summary.get("fwhm_mm") or []]
    return {
        "contrast": str(summary.get("contrast", "n/a")),
        "n": " / ".join(_sizes(summary)),
        "df": _df(summary.get("df")),
        "height_t": formatted(number(entry(summary, "height_t"))),
        "extent": str(summary.get("extent_voxels", "n/a")),
        "fwhm": " \N{MULTIPLICATION SIGN} ".join(formatted(v, 1) for v in fwhm)
        or "n/a",
        "voxels": formatted(number(summary.get("n_voxels")), 0),
        "n_clusters": str(summary.get("n_clusters", "n/a")),
        "fwe_peak_t": formatted(number(entry(summary, "fwe_peak_t"))),
        "fwe_cluster": formatted(number(summary.get("fwe_cluster_voxels")), 0),
        "error_rate": error_rate_text(error_rates(summary)[0]),
        "stationary_error_rate": error_rate_text(error_rates(summary)[1]),
    }


def _sizes(summary: Mapping[str, Any]) -> list[str]:
    sides = [summary.get("n_plus"), summary.get("n_minus")]
    counts = list((summary.get("n") or {}).values()) if None in sides else sides
    return [str(n) for n in counts] or ["n/a"]


def _df(df: Any) -> str:
    """Return one number, or of F both."""
    values = df if isinstance(df, list) else [df]
    return ", ".join(formatted(number(value), 1) for value in values)


def extent_ml(
    config: Mapping[str, Any], summaries: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Return the extent threshold as a volume, in voxels of the maps that were analysed.

    Those of the configuration where no contrast was.
    """
    of_maps = [s["voxel_mm"] for s in summaries if s.get("voxel_mm")]
    voxel_mm = of_maps[0] if of_maps else [config["normalisation"]["voxel_mm"]] * 3
    volume = float(np.prod([number(size) for size in voxel_mm]))
    return formatted(config["statistics"]["extent_voxels"] * volume / 1000)


def stationary_df(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return the degrees of freedom of the simulated noise, which the design may exceed."""
    rates = [error_rates(summary)[1] for summary in summaries]
    return " to ".join(_ends([number(r["df"]) for r in rates if r.get("df")]))


def permuted(summaries: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return how many permutations there were, and on which grid; ``None`` without any."""
    records = [s.get("permutation") or {} for s in summaries]
    records = [record for record in records if record.get("permutations")]
    if not records:
        return None
    counts = _ends([number(record["permutations"]) for record in records])
    every = [bool(record.get("exhaustive")) for record in records]
    sizes = {tuple(record.get("voxel_mm") or ()) for record in records}
    return {
        "n": " to ".join(counts),
        "how": "every relabelling" if all(every) else "random permutations",
        "grid": " and ".join(
            " \N{MULTIPLICATION SIGN} ".join(f"{number(mm):g}" for mm in size)
            for size in sorted(sizes)
            if size
        ),
    }


def _ends(values: Sequence[float]) -> list[str]:
    """Return the smallest and the largest of some numbers as text, once if they are the same."""
    return (
        [f"{int(v):,}" for v in dict.fromkeys((min(values), max(values)))]
        if values
        else []
    )


def not_correlated(
    config: Mapping[str, Any], by_group: Mapping[str, int], correlations: Sequence[Row]
) -> list[str]:
    """Return why there are no receptor correlations, if there are none."""
    if correlations:
        return []
    control_group = config["control_group"]
    # with maps or without: the reasons that people give come first
    reasons_given = (reason_against(by_group, control_group, n) for n in (1, 0))
    return [next(filter(None, reasons_given), "")]


def map_choices(correlations: Sequence[Row]) -> list[str]:
    """Return, where there are several maps of a receptor, which one represents it."""
    chosen = {
        row["map"]: f"{row['map']} (n = {row['map_n']}), not {row['other_maps']}"
        for row in correlations
        if row.get("other_maps", "n/a") != "n/a"
    }
    return list(chosen.values())


def robust_maps(sensitivity: Sequence[Row], group: str) -> list[str]:
    """Return the maps whose uncorrected p stays below 0.05 under every choice, of a group."""
    rows = [
        row
        for row in sensitivity
        if row["group"] == group and row["variant"] not in OF_REGIONS
    ]
    worst: dict[str, list[float]] = {}
    for row in rows:
        left_out = row["variant"] == "leave_one_out"
        p = number(row["p_high"] if left_out else row["p"])
        worst.setdefault(row["map"], []).append(p)
    return [name for name, p in worst.items() if all(value < ALPHA for value in p)]


def receptor_facts(
    correlations: Sequence[Row], sensitivity: Sequence[Row]
) -> list[dict[str, Any]]:
    """Return for every group the maps it correlates with after correction, and which hold."""
    groups = dict.fromkeys(row["group"] for row in correlations)
    facts_by_group = []
    for group in groups:
        rows = [row for row in correlations if row["group"] == group]
        rows.sort(key=lambda row: (number(row["p_fdr"]), number(row.get("p"))))
        after = [row for row in rows if number(row["p_fdr"]) < ALPHA]
        before = [
            row for row in rows if row not in after and number(row.get("p")) < ALPHA
        ]
        facts_by_group.append(
            {
                "group": group,
                "significant": [_of_map(row, "p_fdr", "p(FDR)") for row in after],
                "before_only": [_of_map(row, "p", "p") for row in before],
                "n_maps": len(rows),
                "robust": robust_maps(sensitivity, group),
            }
        )
    return facts_by_group


def _of_map(row: Row, column: str, name: str) -> str:
    z = formatted(number(row["mean_fisher_z"]))
    return f"{row['map']} (mean Fisher z = {z}, {name} = {p_text(row[column])})"


def test_sentence(test: Row) -> str:
    """Return one demographic comparison in words."""
    note = test.get("note", "n/a")
    ending = "" if note in {"n/a", ""} else f"; {note}"
    return (
        f"{test['variable']}, {test['comparison']}: {test['test']}, "
        f"p = {p_text(test['p'])}{ending}"
    )


def measured(metrics: Sequence[Row]) -> list[dict[str, str]]:
    """Return median and range of the metrics that a reader wants to know."""
    rows = []
    for name in REPORTED_METRICS:
        values = np.array([number(row.get(name)) for row in metrics])
        values = values[np.isfinite(values)]
        if values.size:
            metric = BY_NAME[name]
            low, middle, high = np.quantile(values, (0, 0.5, 1))
            rows.append(
                {
                    "label": metric.label,
                    "median": formatted(middle, metric.decimals),
                    "low": formatted(low, metric.decimals),
                    "high": formatted(high, metric.decimals),
                    "n": str(values.size),
                }
            )
    return rows


def p_text(text: Any) -> str:
    """Write a p value as papers do."""
    return printed_p(number(text))


def _common(rows: Sequence[Row], name: str) -> str:
    values = sorted({row[name] for row in rows})
    return (
        f"{int(float(values[0])):,}" if len(values) == 1 else ", ".join(values) or "n/a"
    )


def _range(rows: Sequence[Row], name: str) -> str:
    columns = (name, f"{name}_most")
    texts = [row.get(column, "n/a") for row in rows for column in columns]
    values = sorted({int(float(text)) for text in texts if text != "n/a"})
    if not values:
        return "n/a"
    return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"
