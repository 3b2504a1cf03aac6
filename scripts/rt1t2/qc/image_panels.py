"""Panels of a participant's quality page that show images: what good looks like, step by step.

Volumes are (x, y, z) in RAS order, on one grid of isotropic voxels: that of native space, or for
the last two panels and the thumbnail that of the template. Masks are boolean, tissues are
probabilities, and a ratio is NaN where undefined.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.geometry.morphology import bounding_box
from rt1t2.qc import mosaics
from rt1t2.qc.metrics import formatted, length, number
from rt1t2.qc.page_parts import GM_COLOUR, Panel, Picture, Table, css, percentile, rgb
from rt1t2.ratio.ratio import MEASURES, T1W_OVER_T2W

# Through the frontal, occipital and temporal poles, by shares of the brain's length
POLES = [[(2, 0.45), (2, 0.25), (1, 0.64), (0, 0.35), (0, 0.65)]]
SLICES = [[2] * 6, [1, 1, 1, 0, 0, 0]]
MARGIN = 12  # voxels around the deep nuclei in their close-up
NARROW = 0.5  # of white matter's level: what is black there
AROUND = 0.2  # of the brain's length: what is shown of the head around it


# The same colours for everybody, in percent of the flip angle prescribed: what heads have at 3 T
TRANSMIT_PERCENT = 70, 130
TRANSMIT_EXPECTED = (
    " The measured transmit field is smooth and about the same left and right: at 3 T above 100 % "
    "in the middle of the brain and below it towards its surface, at 1.5 T near 100 % everywhere. "
    "Anatomy, a step or a hole in it is an error of the map, or the map lies wrong."
)


@dataclass(frozen=True)
class Transmit:
    """A measured transmit field: flip angles over those prescribed, and the brain (boolean)."""

    field: np.ndarray
    brain: np.ndarray


def head_support(t1w: np.ndarray) -> np.ndarray:
    """Return roughly where the head is (boolean): what the mosaics of the head are cropped to."""
    bright: np.ndarray = t1w > 0.15 * np.percentile(t1w, 98)
    return bright


def head_around(brain: np.ndarray, t1w: np.ndarray) -> np.ndarray:
    """Return the head (boolean) without the neck: what pictures of a brain mask show, too.

    What a mask lost lies outside it: a picture that ends at the mask hides it.
    """
    head = head_support(np.nan_to_num(t1w))
    if not brain.any():
        return head
    near = np.zeros_like(head)
    box = []
    for part in bounding_box(brain):
        margin = round(AROUND * (part.stop - part.start))
        box.append(slice(max(part.start - margin, 0), part.stop + margin))
    near[tuple(box)] = head[tuple(box)]
    return near


def series_panel(rows: Sequence[Mapping[str, str]]) -> Panel:
    """Show every series that was found and why it was used or not."""
    known = [c for c in (rows[0] if rows else ()) if any(r[c] != "n/a" for r in rows)]
    first = [
        c for c in ("series_number", "decision", "reason", "sequence") if c in known
    ]
    columns = [*first, *(c for c in known if c not in first)]
    return Panel(
        "Series found",
        "One T1w and one T2w are marked as used, from one session and with one setting of "
        "the scanner's own intensity correction; for every other series the reason is given.",
        tables=[
            Table(columns, [[row[c] for c in columns] for row in rows], len(columns))
        ],
    )


def bias_panel(
    before: Mapping[str, np.ndarray],
    after: Mapping[str, np.ndarray],
    head: np.ndarray,
    wm: np.ndarray,
    fit: Mapping[str, Any],
    affine: np.ndarray | None = None,
    transmit: Transmit | None = None,
) -> Panel:
    """Show both images before and after bias correction, each scaled to its white matter.

    And a measured transmit field, where there is one.
    """
    where = mosaics.layout(head, [[2] * 6], affine=affine)
    rows = []
    for contrast, top in (("T1w", 1.7), ("T2w", 3.2)):
        for image in (before[contrast], after[contrast]):
            level = _level(image, wm)
            rows.append(mosaics.grey(mosaics.assemble(image, where), 0, top * level))
    spread = fit.get("FieldSD") or {}
    measured = [f"Method: {fit.get('Method', 'n/a')}."]
    if field := fit.get("TransmitMap"):
        low, middle, high = (field[f"Brain{end}"] for end in ("P5", "Median", "P95"))
        measured.append(
            f"Transmit field measured ({field['Kind']}): {middle:.2f} of the flip angle prescribed "
            f"in the brain ({low:.2f} to {high:.2f}), {100 * field['BrainCoverage']:.0f} % of it "
            "covered; what it does to the signal of the brain is taken off both images."
        )
    measured += [
        f"SD of the log field, {name}: {formatted(number(value), 3)}."
        for name, value in sorted(spread.items())
    ]
    return Panel(
        "Bias correction",
        "In the corrected rows white matter is equally bright left and right, front and "
        "back, centre and edge. The window is the same before and after: black is 0, and "
        "white is a fixed multiple of the white matter's median."
        + (TRANSMIT_EXPECTED if transmit else ""),
        measured,
        [
            Picture(
                _uri(_stack(rows), where),
                "Rows from the top: T1w before, T1w after, T2w before, T2w after.",
            ),
            *([_transmit_picture(after["T1w"], transmit, affine)] if transmit else []),
        ],
    )


def _transmit_picture(
    t1w: np.ndarray, transmit: Transmit, affine: np.ndarray | None
) -> Picture:
    """Colour the brain on the T1w by the transmit field; the T1w alone is underneath."""
    brain = transmit.brain
    around = head_around(brain, t1w)
    where = mosaics.layout(brain, SLICES, margin=4, around=around, affine=affine)
    grey = mosaics.grey(mosaics.assemble(t1w, where), 0, percentile(t1w, brain, 99.5))
    percent = mosaics.assemble(100 * transmit.field, where)
    inside = mosaics.assemble(brain, where, smooth=False) > 0.5
    coloured = np.where(
        inside[..., None], mosaics.colours(percent, *TRANSMIT_PERCENT), grey
    )
    low, high = TRANSMIT_PERCENT
    return Picture(
        _uri(coloured, where),
        "Transmit field (B1+) on the T1w: flip angle in percent of the one prescribed.",
        bar=(f"{low} %", f"{high} %"),
        other_uri=_uri(grey, where),
        name="transmit field",
        other_name="T1w",
    )


def registration_panel(
    t1w: np.ndarray,
    t2w: np.ndarray,
    brain: np.ndarray,
    metrics: Mapping[str, Any],
    affine: np.ndarray | None = None,
) -> Panel:
    """Lay the edges of the T2w over the T1w, and show both in a checkerboard."""
    where = mosaics.layout(
        brain,
        [[2, 2, 2, 1, 0]],
        margin=6,
        around=head_around(brain, t1w),
        affine=affine,
    )
    plane_t1w = mosaics.assemble(t1w, where)
    plane_t2w = mosaics.assemble(t2w, where)
    base_t1w = mosaics.grey(plane_t1w, 0, percentile(t1w, brain, 99.5))
    base_t2w = mosaics.grey(plane_t2w, 0, percentile(t2w, brain, 98))
    edges = mosaics.edges(plane_t2w, mosaics.assemble(brain, where) > 0.5)
    outside = mosaics.assemble(np.isnan(t2w), where, smooth=False) > 0.5
    contours = mosaics.paint(base_t1w, edges, mosaics.YELLOW)
    contours = mosaics.paint(contours, outside & (plane_t1w > 0), mosaics.MAGENTA, 0.25)
    coverage = 100 * number(metrics.get("T2wBrainCoverage"))
    return Panel(
        "T2w on T1w",
        "Yellow edges of the T2w run along the T1w's own edges: ventricles, cortex, skull. "
        "In the checkerboard, borders continue from square to square without a step.",
        [
            f"Shift {formatted(length(metrics.get('TranslationMm')))} mm, "
            f"rotation {formatted(length(metrics.get('RotationDeg')))}\N{DEGREE SIGN}, "
            f"the T2w covers {formatted(coverage, 1)} % of the brain."
        ],
        [
            Picture(
                _uri(contours, where),
                "T1w with the edges of the T2w.",
                [
                    (css(mosaics.YELLOW), "edges of the T2w"),
                    (css(mosaics.MAGENTA), "outside the T2w's field of view"),
                ],
                other_uri=_uri(mosaics.paint(base_t2w, edges, mosaics.YELLOW), where),
                name="T1w",
                other_name="T2w",
            ),
            Picture(
                _uri(mosaics.checkerboard(base_t1w, base_t2w), where),
                "Checkerboard of T1w and T2w.",
            ),
        ],
    )


def tissue_panel(
    t1w: np.ndarray,
    brain: np.ndarray,
    gm: np.ndarray,
    wm: np.ndarray,
    lesion: np.ndarray,
    affine: np.ndarray | None = None,
) -> Panel:
    """Draw the brain mask, the tissue classes and the lesion on the T1w of the whole head."""
    around = head_around(brain, t1w)
    where = mosaics.layout(
        brain, [*SLICES, *POLES], margin=4, around=around, affine=affine
    )
    picture = mosaics.grey(
        mosaics.assemble(t1w, where), 0, percentile(t1w, brain, 99.5)
    )
    picture = mosaics.paint(
        picture, mosaics.dashed(mosaics.outline(gm, where)), rgb(GM_COLOUR)
    )
    picture = mosaics.paint(picture, mosaics.outline(wm, where), mosaics.CYAN, 0.8)
    picture = mosaics.paint(
        picture, mosaics.thick(mosaics.outline(brain, where)), mosaics.RED
    )
    key = [
        (css(mosaics.RED), "brain mask, thick"),
        (GM_COLOUR, "grey matter, dashed"),
        (css(mosaics.CYAN), "white matter, thin"),
    ]
    if lesion.any():
        inside = mosaics.assemble(lesion, where) > 0.5
        picture = mosaics.paint(picture, inside, mosaics.MAGENTA, 0.35)
        edge = mosaics.outline(lesion, where)
        picture = mosaics.paint(picture, edge, mosaics.MAGENTA)
        key.append((css(mosaics.MAGENTA), "lesion (no ratio)"))
    return Panel(
        "Brain and tissue",
        "The thick red line follows the outer border of the cortex, without skull, eyes or dura "
        "inside it; the thin cyan line follows the white matter into the gyri. No brain lies "
        "outside the red line: the last row passes through the poles, where it is lost most often.",
        pictures=[
            Picture(
                _uri(picture, where),
                "Outlines of brain mask, grey matter and white matter on the T1w.",
                key,
            )
        ],
    )


def ratio_panel(
    ratio: np.ndarray,
    brain: np.ndarray,
    high: float,
    common: bool,
    sidecar: Mapping[str, Any],
    affine: np.ndarray | None = None,
    measure: str = MEASURES[T1W_OVER_T2W],
) -> Panel:
    """Show the native ratio in one range (``common``: the cohort's), undefined in magenta."""
    where = mosaics.layout(brain, SLICES, margin=4, affine=affine)
    undefined = brain & ~np.isfinite(ratio)
    excluded = sidecar.get("ExcludedVoxels") or {}
    counted = [
        f"{_words(name)}: {int(count):,} voxels." for name, count in excluded.items()
    ]
    return Panel(
        "Ratio map",
        "White matter bright, cortex darker, no gradient from side to side. "
        + (
            "The range is fixed for the cohort, so pages can be compared by eye. "
            if common
            else "The range is this participant's own: without a common scale of the "
            "intensities, pages cannot be compared by eye. "
        )
        + "Where there is no ratio it is magenta.",
        counted,
        [
            Picture(
                _ratio_picture(ratio, brain, undefined, where, high),
                f"{measure} ratio in native space.",
                [(css(mosaics.MAGENTA), "brain without a defined ratio")],
                ("0", f"{high:g}"),
            )
        ],
    )


def template_panel(
    t1w: np.ndarray,
    template_t1w: np.ndarray,
    template: Mapping[str, np.ndarray],
    metrics: Mapping[str, Any],
    affine: np.ndarray | None = None,
) -> Panel:
    """Lay the template's tissue contours over the warped T1w; the template is underneath.

    ``template``: brain, gm, wm, and deep (its deep nuclei), whose outline is drawn in a
    close-up. ``t1w`` is that of the whole head.
    """
    brain = template["brain"]
    around = head_around(brain, t1w)
    where = mosaics.layout(
        brain, [*SLICES, *POLES], margin=3, around=around, affine=affine
    )
    lines = [
        (
            mosaics.dashed(mosaics.outline(template["gm"], where)),
            rgb(GM_COLOUR),
            1.0,
        ),
        (mosaics.outline(template["wm"], where), mosaics.CYAN, 0.8),
        (mosaics.thick(mosaics.outline(brain, where)), mosaics.RED, 1.0),
    ]
    pictures = []
    for image in (t1w, template_t1w):
        picture = mosaics.grey(
            mosaics.assemble(image, where), 0, percentile(image, brain, 99.5)
        )
        for line, colour, opacity in lines:
            picture = mosaics.paint(picture, line, colour, opacity)
        pictures.append(_uri(picture, where))
    shown = [
        Picture(
            pictures[0],
            "The participant's T1w in template space with the template's contours.",
            [
                (css(mosaics.RED), "template brain, thick"),
                (GM_COLOUR, "template grey matter, dashed"),
                (css(mosaics.CYAN), "template white matter, thin"),
            ],
            other_uri=pictures[1],
            name="participant",
            other_name="template",
        )
    ]
    deep = template.get("deep")
    if deep is not None and (deep > 0.5).any():
        shown.append(_deep_nuclei(t1w, template_t1w, deep, brain, affine))
    names = ("DiceGM", "DiceWM", "CrossCorrelation", "JacobianP0_1", "JacobianP99_9")
    measured = [f"{_words(n)} {formatted(number(metrics.get(n)), 3)}." for n in names]
    folded = formatted(number(metrics.get("FoldedVoxels")), 0)
    return Panel(
        "Normalisation to MNI152NLin2009aSym",
        "The template's lines fit this brain: ventricles, deep nuclei, cerebellum and the "
        "outer border; sulci agree roughly, never exactly. No brain lies outside the red line, "
        "and the thalamus fills the yellow one.",
        [*measured, f"Folded voxels {folded}."],
        shown,
    )


def mni_ratio_panel(
    ratio: np.ndarray,
    smoothed: np.ndarray,
    brain: np.ndarray,
    high: float,
    record: Mapping[str, Any],
    affine: np.ndarray | None = None,
    measure: str = MEASURES[T1W_OVER_T2W],
) -> Panel:
    """Show the ratio in template space before and after smoothing; ``record`` is of the latter."""
    edges = (
        "the smoothed map fades towards its edge, as smoothing counted undefined voxels as 0"
        if record.get("SmoothingEdges") == "zero_fill"
        else "the smoothed map does not fade towards its edge, and lesions and cut regions "
        "stay undefined or are bridged only from close by"
    )
    pictures = []
    for image, text in (
        (ratio, f"{measure} ratio in template space."),
        (smoothed, "The same, smoothed: this map enters the group analysis."),
    ):
        where = mosaics.layout(brain, [[2, 2, 2, 2, 1, 0]], margin=3, affine=affine)
        undefined = brain & ~np.isfinite(image)
        pictures.append(
            Picture(
                _ratio_picture(image, brain, undefined, where, high),
                text,
                [(css(mosaics.MAGENTA), "no data")],
                ("0", f"{high:g}"),
            )
        )
    return Panel(
        "Ratio in template space",
        f"The brain fills the template; {edges}.",
        pictures=pictures,
    )


def _deep_nuclei(
    t1w: np.ndarray,
    template_t1w: np.ndarray,
    deep: np.ndarray,
    brain: np.ndarray,
    affine: np.ndarray | None,
) -> Picture:
    """Draw the template's deep nuclei on the participant's T1w, and on the template's."""
    where = mosaics.layout(
        deep > 0.5,
        [[(2, 0.5), (2, 0.7), (1, 0.3), (1, 0.5), (0, 0.35)]],
        margin=MARGIN,
        affine=affine,
    )
    line = mosaics.outline(deep, where)
    inside = mosaics.assemble(brain, where, smooth=False) > 0.5
    uris = []
    for image in (t1w, template_t1w):
        plane = mosaics.assemble(image, where)
        # grey and white matter are apart by little: the window is narrow
        white = float(np.percentile(plane[inside], 98)) if inside.any() else 1.0
        picture = mosaics.grey(plane, NARROW * white, white)
        uris.append(_uri(mosaics.paint(picture, line, mosaics.YELLOW), where))
    return Picture(
        uris[0],
        "Close-up of thalamus and striatum: the participant's T1w in template space.",
        [(css(mosaics.YELLOW), "the template's deep nuclei")],
        other_uri=uris[1],
        name="participant",
        other_name="template",
    )


def glance(
    ratio: np.ndarray, brain: np.ndarray, high: float, affine: np.ndarray
) -> Picture:
    """Show the ratio in template space in one row: what the whole page is about."""
    where = mosaics.layout(brain, [[2, 2, 2, 2, 1, 1, 0, 0]], margin=2, affine=affine)
    undefined = brain & ~np.isfinite(ratio)
    return Picture(
        _ratio_picture(ratio, brain, undefined, where, high),
        "T1w/T2w ratio in template space, before smoothing.",
        [(css(mosaics.MAGENTA), "no data")],
        ("0", f"{high:g}"),
    )


def thumbnail(ratio: np.ndarray, brain: np.ndarray, high: float) -> np.ndarray:
    """Return a small picture of the ratio in template space for the contact sheet."""
    where = mosaics.layout(brain, [[2, 2, 1, 0]], width_px=420)
    return _ratio_plane(ratio, brain, brain & ~np.isfinite(ratio), where, high)


def _ratio_picture(
    ratio: np.ndarray,
    brain: np.ndarray,
    undefined: np.ndarray,
    where: mosaics.Layout,
    high: float,
) -> str:
    plane = _ratio_plane(ratio, brain, undefined, where, high)
    return _uri(plane, where)


def _ratio_plane(
    ratio: np.ndarray,
    brain: np.ndarray,
    undefined: np.ndarray,
    where: mosaics.Layout,
    high: float,
) -> np.ndarray:
    """Draw the ratio nearest-neighbour, black outside the brain, magenta where undefined."""
    shown = mosaics.assemble(np.isfinite(ratio), where, smooth=False) > 0.5
    picture = mosaics.colours(mosaics.assemble(ratio, where, smooth=False), 0, high)
    picture[~shown] = 0
    missing = mosaics.assemble(undefined, where, smooth=False) > 0.5
    return mosaics.paint(picture, missing, mosaics.MAGENTA)


def _uri(picture: np.ndarray, where: mosaics.Layout) -> str:
    return mosaics.jpeg_uri(mosaics.mark_sides(picture, where))


def _stack(pictures: Sequence[np.ndarray]) -> np.ndarray:
    gap = np.zeros((mosaics.GAP_PX, *pictures[0].shape[1:]), dtype=np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1])


def _level(image: np.ndarray, wm: np.ndarray) -> float:
    values = image[(wm > 0.9) & np.isfinite(image)]
    return float(np.median(values)) if values.size else percentile(image, wm >= 0, 90)


def _words(name: str) -> str:
    """Turn a key such as ``LowDenominator`` into words, keeping GM and T2w."""
    parts = re.findall(r"T2w|GM|WM|[A-Z][a-z]+|P\d+_?\d*", name)
    text = " ".join(p if p in {"T2w", "GM", "WM"} else p.lower() for p in parts)
    return text[:1].upper() + text[1:].replace("_", ".")
