"""The cohort's quality page: all metrics with robust z, groups, maps on the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.geometry.volume import Volume
from rt1t2.palette import group_colours
from rt1t2.qc import mosaics
from rt1t2.qc.cohort_outliers import FLAG_Z, cohort_flags, deviations
from rt1t2.qc.group_tests import GroupTest, metric_tests
from rt1t2.qc.metric_definitions import BY_NAME, METRICS, Metric
from rt1t2.qc.metrics import OUTLIER_Z, formatted, number, robust_z
from rt1t2.qc.outlier_strip import outlier_strip, shape_names
from rt1t2.qc.page_parts import Picture, percentile
from rt1t2.qc.pages import columns_of
from rt1t2.qc.participant_summary import ParticipantSummary
from rt1t2.significance import ALPHA
from rt1t2.workflow.exclusions import excluded_people

Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A number of the sortable table: text, value to sort by, and its robust z."""

    text: str
    value: str
    z: str
    outlier: bool


@dataclass(frozen=True)
class CohortMaps:
    """Maps in template space on one grid: the template's T1w, 0 outside its brain, and counts.

    ``n`` and ``lesions`` say how many participants have data, and a lesion, at each voxel.
    """

    template_t1w: np.ndarray
    n: np.ndarray
    lesions: np.ndarray

    @classmethod
    def on_template(
        cls, template_t1w: Volume, n: Volume, lesions: Volume
    ) -> "CohortMaps":
        """Carry the counts from the grid of the maps to that of the template."""
        template = template_t1w.upright
        counts = (image.nearest_on(template, outside=0).data for image in (n, lesions))
        return cls(template.data, *counts)


@dataclass(frozen=True)
class CohortPage:
    """What ``cohort.html.j2`` shows.

    ``people`` are metrics, thumbnail and cells of each participant; the ledger has one row
    per series.
    """

    groups: Mapping[str, str]
    colours: Mapping[str, str]
    calibration: str
    people: Sequence[tuple[Mapping[str, Any], str, Sequence[Cell]]]
    flagged: Sequence[Mapping[str, Any]]
    columns: Sequence[Metric]
    outlier_z: float
    flag_z: float
    strip: str
    shapes: Mapping[str, str]
    outliers: int
    metric_tests: Sequence[GroupTest]
    warnings: Sequence[str]
    landmarks_compared: bool
    differing_landmarks: Sequence[str]
    exclusions: Sequence[Mapping[str, str]]
    n_excluded: int
    n_picture: Picture
    overlap_picture: Picture
    ledger: Sequence[Mapping[str, str]]
    ledger_columns: Sequence[str]
    bar: str


def make_page(
    participants: Sequence[Mapping[str, str]],
    summaries: Sequence[ParticipantSummary],
    groups: Mapping[str, str],
    calibration: Mapping[str, Any],
    exclusions: Sequence[Mapping[str, str]],
    maps: CohortMaps,
) -> CohortPage:
    """Put everybody who was scanned on one page.

    Parameters
    ----------
    participants
        Rows of the participants table; ``retest_of`` marks a repeated scan, which counts in
        the table but not in the comparisons of groups.
    summaries
        Of the same participants, in the order of the page.
    groups
        Codes and labels of all groups, in the order of the config.
    calibration
        The facts of :func:`rt1t2.qc.calibration_page.make_page`.
    exclusions
        Rows of ``exclusions.tsv``.
    maps
        How many participants have data, and a lesion, where.
    """
    metrics = [dict(summary.metrics) for summary in summaries]
    columns = deviations(metrics)
    for person, outlying in zip(metrics, cohort_flags(metrics), strict=True):
        person["flags"] = [*(person.get("flags") or []), *outlying]
    thumbnails = [summary.thumbnail for summary in summaries]
    colours = group_colours(groups)
    repeated = {
        row["participant_id"]
        for row in participants
        if row.get(RETEST_OF, MISSING) != MISSING
    }
    first_scans = [row for row in metrics if row["participant_id"] not in repeated]
    names, cells = outlier_table(metrics)
    of_landmarks = [test for test in calibration["Tests"] if test["What"] == "landmark"]
    ledger = series_ledger(summaries)
    t1w = maps.template_t1w
    return CohortPage(
        groups=groups,
        colours=colours,
        calibration=calibration["Calibration"],
        people=list(zip(metrics, thumbnails, cells, strict=True)),
        flagged=[row for row in metrics if row.get("flags")],
        columns=[BY_NAME[name] for name in names],
        outlier_z=OUTLIER_Z,
        flag_z=FLAG_Z,
        strip=outlier_strip(metrics, columns, colours),
        shapes=shape_names(list(colours)),
        outliers=sum(cell.outlier for row in cells for cell in row),
        metric_tests=metric_tests(first_scans, colours),
        warnings=calibration["Warnings"],
        landmarks_compared=any(test["P"] is not None for test in of_landmarks),
        differing_landmarks=[
            test["Title"] for test in of_landmarks if number(test["Q"]) < ALPHA
        ],
        exclusions=exclusions,
        n_excluded=len(excluded_people(exclusions)),
        n_picture=count_picture(maps.n, t1w, "participants with data"),
        overlap_picture=count_picture(maps.lesions, t1w, "lesions"),
        ledger=ledger,
        ledger_columns=columns_of(ledger),
        bar=mosaics.colour_bar_css(),
    )


def series_ledger(summaries: Sequence[ParticipantSummary]) -> list[dict[str, str]]:
    """Return the rows of all participants' series, each with its ``participant_id``."""
    return [
        {"participant_id": summary.participant_id} | dict(row)
        for summary in summaries
        for row in summary.series
    ]


def metric_columns(metrics: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the metrics in the order of their definition, then any other numbers."""
    known = [m.name for m in METRICS]
    others = [
        name
        for name in dict.fromkeys(k for row in metrics for k in row)
        if name not in {*known, "participant_id", "group", "flags"}
    ]
    return known + others


def outlier_table(
    metrics: Sequence[Mapping[str, Any]],
) -> tuple[list[str], list[list[Cell]]]:
    """Return the metrics that anyone has a value of, and one row of cells per participant."""
    columns = [
        name
        for name in metric_columns(metrics)
        if name in BY_NAME and any(np.isfinite(number(m.get(name))) for m in metrics)
    ]
    z = {name: robust_z([m.get(name) for m in metrics]) for name in columns}
    rows = []
    for i, person in enumerate(metrics):
        cells = []
        for name in columns:
            value, deviation = number(person.get(name)), float(z[name][i])
            cells.append(
                Cell(
                    formatted(value, BY_NAME[name].decimals),
                    repr(value) if np.isfinite(value) else "",
                    formatted(deviation, 1),
                    abs(deviation) > OUTLIER_Z,
                )
            )
        rows.append(cells)
    return columns, rows


def metrics_rows(metrics: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Row]]:
    """Return columns and rows of metrics.tsv: numbers, their robust z, and the flags."""
    names = metric_columns(metrics)
    z = {name: robust_z([m.get(name) for m in metrics]) for name in names}
    outlying = cohort_flags(metrics)
    rows = []
    for i, person in enumerate(metrics):
        row: Row = {
            "participant_id": person["participant_id"],
            "group": person["group"],
        }
        row |= {name: person.get(name) for name in names}
        row |= {f"{name}_robust_z": float(z[name][i]) for name in names}
        flags = [" ".join(str(flag).split()) for flag in person.get("flags") or []]
        flags += outlying[i]
        row |= {"n_flags": len(flags), "flags": "; ".join(flags) or None}
        rows.append(row)
    columns = ["participant_id", "group", "n_flags", *names]
    return [*columns, *(f"{name}_robust_z" for name in names), "flags"], rows


def count_picture(counts: np.ndarray, template_t1w: np.ndarray, what: str) -> Picture:
    """Lay a map of counts over the template; zero stays grey.

    Parameters
    ----------
    counts
        Number at each voxel, template space; 0 or NaN where there is none.
    template_t1w
        The template's T1w on the same grid, 0 outside the brain.
    what
        What is counted, for the caption.
    """
    brain = template_t1w > 0
    where = mosaics.layout(brain, [[2] * 6, [1, 1, 1, 0, 0, 0]], margin=3)
    bright = percentile(template_t1w, brain, 99.5)
    picture = mosaics.grey(mosaics.assemble(template_t1w, where), 0, bright)
    counted = mosaics.assemble(counts, where, smooth=False)
    most = float(np.nanmax(counts)) if np.isfinite(counts).any() else 0.0
    low = float(counts[counts > 0].min()) if (counts > 0).any() else 0.0
    if most > 0:
        low = 0.0 if low == most else low
        coloured = mosaics.colours(counted, low, most)
        mixed = 0.75 * coloured + 0.25 * picture
        picture = np.where((counted > 0)[..., None], mixed, picture).astype(np.uint8)
    return Picture(
        mosaics.jpeg_uri(mosaics.mark_sides(picture, where)),
        f"Number of {what} at each voxel: at most {most:g}.",
        bar=(f"{low:g}", f"{most:g}"),
    )
