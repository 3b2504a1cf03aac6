"""Panels of a participant's quality page about intensities: tissue, curves, histogram.

Volumes are (x, y, z) in native space, on one grid of isotropic voxels; the ratio is NaN where
undefined.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rt1t2.qc import mosaics
from rt1t2.qc.calibration_check import percent_from
from rt1t2.qc.charts import Series, xy_chart
from rt1t2.qc.metrics import formatted, number, significant
from rt1t2.qc.page_parts import (
    CSF_COLOUR,
    GM_COLOUR,
    WM_COLOUR,
    Panel,
    Picture,
    Table,
    percentile,
    rgb,
)
from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.ratio.protocol_references import ALL_CONTROLS, TEMPLATES
from rt1t2.ratio.ratio import MEASURES, T1W_OVER_LN_T2W, T1W_OVER_T2W, denominator
from rt1t2.template.head_classes import HEAD_LABELS

# The upper end of the colours, in ratios of tissue outside the brain.
ROOM_ABOVE = {
    T1W_OVER_T2W: (("fat", 1.4), ("muscle", 0.4)),
    T1W_OVER_LN_T2W: (("fat", 1.0), ("muscle", 2.0)),
}

CLASS_COLOURS = {
    "air": "#b4bcc5",
    "csf": "#56b4e9",
    "bone": "#f0e442",
    "soft": "#d55e00",
    "muscle": "#d55e00",
    "fat": "#e69f00",
    "eye": "#009e73",
    "temporalis": "#cc79a7",
}

CLASS_NAMES = {"csf": "CSF", "soft": "soft tissue", "temporalis": "temporal muscle"}


def classes_panel(
    t1w: np.ndarray,
    head_classes: np.ndarray,
    head: np.ndarray,
    landmarks: Mapping[str, Any],
    reference: Mapping[str, Any],
    curve: Mapping[str, Any],
) -> Panel:
    """Show the tissue outside the brain that sets the intensity scale, and its levels."""
    layout = mosaics.layout(head, [[2, 2, 2, 1, 0]])
    brain = np.isin(head_classes, [HEAD_LABELS[name] for name in ("brain", "deep")])
    picture = mosaics.grey(
        mosaics.assemble(t1w, layout), 0, percentile(t1w, brain, 99.9)
    )
    labels = mosaics.assemble(head_classes, layout, smooth=False)
    key = []
    for name in ("csf", "bone", "soft", "fat", "eye", "temporalis"):
        colour = CLASS_COLOURS[name]
        labelled = np.round(labels) == HEAD_LABELS[name]
        picture = mosaics.paint(picture, labelled, rgb(colour), 0.55)
        key.append((colour, CLASS_NAMES.get(name, name)))
    return Panel(
        "Tissue that sets the scale",
        "CSF lies in the ventricles and sulci, fat under the skin and in the orbits, "
        "temporal muscle beside the skull, and the class of the eyes inside the eyes. After "
        "calibration the classes that set the scale are close to the reference.",
        pictures=[
            Picture(
                mosaics.jpeg_uri(mosaics.mark_sides(picture, layout)),
                "Classes of the head in colour on the T1w.",
                key,
            )
        ],
        tables=[_landmark_table(landmarks, reference, curve)],
        warnings=list(landmarks.get("Flags") or []),
    )


def curve_panel(
    curve: Mapping[str, Any],
    landmarks: Mapping[str, Any],
    reference: Mapping[str, Any],
) -> Panel:
    """Draw the calibration curve of both images with the reference tissues on it."""
    charts, measured = [], []
    for image in ("T1w", "T2w"):
        fit = curve.get(image) or {}
        x, y = fit.get("KnotsIn") or [], fit.get("KnotsOut") or []
        series = [Series(x, y, "#1f2933")]
        for name, level, target in landmark_levels(landmarks, reference, image.lower()):
            title = CLASS_NAMES.get(name, name)
            dot = Series([level], [target], CLASS_COLOURS[name], title, False, True)
            series.append(dot)
        charts.append(
            xy_chart(
                series,
                image,
                "corrected image",
                "calibrated (reference units)",
                legend="left",
            )
        )
        measured.append(
            f"{image}: gain {significant(number(fit.get('Gain')))}, "
            f"offset {significant(number(fit.get('Offset')))}."
        )
    return Panel(
        "Calibration",
        "A curve that rises everywhere and passes close to the dots. Each dot is a tissue: "
        "this participant's level (horizontal) against the controls' (vertical). A dot far "
        "from the curve is a tissue that disagrees with the others: it was not used, or it "
        "is averaged with the rest.",
        [f"Method: {curve.get('Method', 'n/a')}.", *_scale_of(curve), *measured],
        charts=charts,
        warnings=list(curve.get("Flags") or []),
    )


def _scale_of(curve: Mapping[str, Any]) -> list[str]:
    """Say whose scale the images are on."""
    source = curve.get("Reference")
    if not source:
        return []
    common = (ALL_CONTROLS, TEMPLATES)
    whose = source if source in common else f"the controls of protocol {source}"
    return [f"Scale of {whose}."]


def histogram_panel(
    ratio: np.ndarray,
    brain: np.ndarray,
    gm: np.ndarray,
    wm: np.ndarray,
    high: float,
    measure: str = MEASURES[T1W_OVER_T2W],
) -> Panel:
    """Draw the distribution of the ratio in grey matter, white matter and CSF."""
    tissues = (
        ("grey matter", GM_COLOUR, gm),
        ("white matter", WM_COLOUR, wm),
        ("CSF", CSF_COLOUR, 1 - gm - wm),
    )
    series = []
    for name, colour, probability in tissues:
        values = ratio[brain & (probability > 0.9) & np.isfinite(ratio)]
        count, edges = np.histogram(values, bins=90, range=(0, high))
        share = 100 * count / max(values.size, 1)
        middle = (edges[:-1] + edges[1:]) / 2
        series.append(Series(middle, share, colour, name, filled=True))
    top = max(max(tissue.y) for tissue in series[:2]) or 1
    chart = xy_chart(
        series,
        "Ratio by tissue",
        f"{measure} ratio",
        "voxels of the tissue (%)",
        width=640,
        x_range=(0, high),
        y_range=(0, 1.2 * top),
    )
    return Panel(
        "Ratio by tissue",
        "Three peaks in the order CSF, grey matter, white matter, each of them narrow. "
        "The axis is the same for every participant.",
        charts=[chart],
    )


def display_maximum(
    reference: Mapping[str, Any],
    curve: Mapping[str, Any],
    wm_median: float,
    formula: str = T1W_OVER_T2W,
) -> float:
    """Return the upper end of the colour scale, the same for everyone of a cohort.

    It follows from the controls' reference: 1.4 times the ratio of fat, or 0.4 times that
    of muscle where there is no fat, which leaves room above white matter (of T1w/ln(T2w): 1.0
    and 2.0 times). Where the
    calibration does not use the controls' scale it is 1.6 times this participant's own
    white matter.
    """
    if on_the_controls_scale(curve):
        for name, factor in ROOM_ABOVE[formula]:
            levels = {i: reference_level(reference, name, i) for i in ("t1w", "t2w")}
            t2w = denominator(np.asarray(levels["t2w"]), formula, curve["Method"])
            if t2w > 0 and levels["t1w"] > 0:
                return _rounded(factor * levels["t1w"] / float(t2w))
    return _rounded(1.6 * wm_median) if wm_median > 0 else 1.0


def on_the_controls_scale(curve: Mapping[str, Any]) -> bool:
    """Tell whether the calibration brought the images to the scale of the reference."""
    return curve.get("Method") in ON_REFERENCE


def landmark_levels(
    landmarks: Mapping[str, Any], reference: Mapping[str, Any], image: str
) -> list[tuple[str, float, float]]:
    """Return (class, this participant's level, the controls' median) of one image."""
    levels = []
    for name, levels_of_class in sorted((landmarks.get("Classes") or {}).items()):
        if name in CLASS_COLOURS and levels_of_class:
            target = reference_level(reference, name, image)
            levels.append((name, number(levels_of_class.get(image)), target))
    return levels


def reference_level(reference: Mapping[str, Any], name: str, image: str) -> float:
    """Return the median over the controls of one class in one image; NaN without any."""
    levels = ((reference.get("Classes") or {}).get(name) or {}).get(image)
    levels = levels if isinstance(levels, list) else [levels]
    defined = [number(v) for v in levels if math.isfinite(number(v))]
    return float(np.median(defined)) if defined else math.nan


def calibrated(curve: Mapping[str, Any], image: str, level: float) -> float:
    """Carry an intensity through a calibration curve; beyond its ends it is continued straight."""
    fit = curve.get(image) or {}
    x, y = fit.get("KnotsIn") or [], fit.get("KnotsOut") or []
    if len(x) < 2 or not math.isfinite(level):
        return math.nan
    if level < x[0]:
        below: float = y[0] + (level - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
        return below
    if level > x[-1]:
        above: float = y[-1] + (level - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2])
        return above
    return float(np.interp(level, x, y))


def _landmark_table(
    landmarks: Mapping[str, Any], reference: Mapping[str, Any], curve: Mapping[str, Any]
) -> Table:
    brightest = {
        image: max(
            (
                reference_level(reference, name, image.lower())
                for name, levels in (reference.get("Classes") or {}).items()
                if levels
            ),
            default=math.nan,
        )
        for image in ("T1w", "T2w")
    }
    rows = []
    for name, level_of_class in sorted((landmarks.get("Classes") or {}).items()):
        cells = [name, formatted(number((level_of_class or {}).get("n_voxels")), 0)]
        for image in ("T1w", "T2w"):
            level = number((level_of_class or {}).get(image.lower()))
            after = calibrated(curve, image, level)
            target = math.nan
            if on_the_controls_scale(curve):
                target = reference_level(reference, name, image.lower())
            off = percent_from(after, target, brightest[image])
            cells += [significant(v) for v in (level, after, target)]
            cells.append(formatted(off, 1))
        rows.append(cells)
    columns = ["class", "voxels"]
    for image in ("T1w", "T2w"):
        columns += [image, "calibrated", "reference", "off by (%)"]
    return Table(columns, rows)


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
