"""The list of clusters below a row of figure 1: place, size, every corrected p, effect."""

from matplotlib.figure import Figure

from rt1t2.paper.figure_style import (
    INK,
    MUTED,
    PAGE_WIDTH_MM,
    SMALL_PT,
    fitted,
    printable,
)
from rt1t2.paper.pair_maps import MEASURE_NAMES, PairMaps, SignedCluster
from rt1t2.paper.primary_test import PRIMARY_TESTS, PrimaryTest
from rt1t2.significance import printed_p

HEADER_MM, LINE_MM = 3.0, 2.9
# Left edge of every column, mm
PLACE, PEAK, T, VOLUME, P, EFFECT = 8.0, 46.0, 62.0, 72.0, 79.5, 147.5
FIRST_P, P_WIDTH = 89.0, 14.5
P_HEADINGS = {
    "permutation_extent": "extent perm.",
    "permutation_tfce": "TFCE perm.",
    "random_field_extent": "extent RFT",
    "random_field_peak": "peak RFT",
}


def draw_lines(
    figure: Figure,
    top_mm: float,
    total_mm: float,
    maps: PairMaps,
    lines: int,
    primary: PrimaryTest,
) -> None:
    """Write the first clusters, one in a line, from ``top_mm`` (from the bottom) down."""

    def write(
        x: float, y: float, text: str, colour: str = INK, bold: bool = False
    ) -> None:
        figure.text(
            *(x / PAGE_WIDTH_MM, y / total_mm, text.replace("-", "\N{MINUS SIGN}")),
            fontsize=SMALL_PT,
            color=colour,
            fontweight="bold" if bold else "normal",
            va="top",
        )

    if not maps.clusters:
        write(PLACE, top_mm, nothing_found(maps), MUTED)
        return
    more = len(maps.clusters) - lines
    headings = {
        PLACE: f"cluster (and {more} more: table 2)" if more else "cluster",
        PEAK: "peak (mm)",
        T: maps.pair.statistic,
        VOLUME: "ml",
        P: "p(FWE):",
        EFFECT: f"{MEASURE_NAMES[maps.clusters[0].measure]} [95 %]",
    }
    for x, text in headings.items():
        write(x, top_mm, text, MUTED)
    for k, heading in enumerate(P_HEADINGS.values()):
        write(FIRST_P + k * P_WIDTH, top_mm, heading, MUTED)
    for k, cluster in enumerate(maps.clusters[:lines]):
        y = top_mm - HEADER_MM - k * LINE_MM
        for x, text in facts(k + 1, cluster).items():
            write(x, y, text)
        for i, test in enumerate(P_HEADINGS):
            column = PRIMARY_TESTS[test].column
            text = printed_p(cluster.p(column))
            write(FIRST_P + i * P_WIDTH, y, text, bold=column == primary.column)


def facts(number: int, cluster: SignedCluster) -> dict[float, str]:
    """Return what is written of a cluster, by the place where it stands; without its p values."""
    label = printable(cluster.row.get("label", "n/a"))
    name = f"{number}" if label in {"n/a", ""} else f"{number}  {label}"
    size, low, high = cluster.effect
    return {
        PLACE: fitted(name, PEAK - PLACE - 2, SMALL_PT),
        PEAK: ", ".join(f"{value:.0f}" for value in cluster.peak_mm),
        T: f"{cluster.t:.2f}",
        VOLUME: f"{cluster.volume_ml:.2f}",
        EFFECT: _interval(size, low, high),
    }


def _interval(size: float, low: float, high: float) -> str:
    if size != size:
        return "n/a"
    decimals = 1 if abs(size) >= 1 else 2
    return f"{size:.{decimals}f} [{low:.{decimals}f}, {high:.{decimals}f}]"


def nothing_found(maps: PairMaps) -> str:
    """Say that there is no cluster, and where the slices are."""
    text = "No cluster at this threshold."
    if maps.largest_t == maps.largest_t:
        text += " The slices go through the largest "
        shown = "F" if maps.pair.statistic == "F" else "|t|"
        text += f"{shown}, {maps.largest_t:.2f}."
    return text
