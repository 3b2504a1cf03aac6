"""A participant's quality page: a picture of every step, the numbers, and the files' origin."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.geometry.displacement import from_itk, pull, source_voxels
from rt1t2.geometry.transforms import read_itk
from rt1t2.geometry.volume import Volume
from rt1t2.images import load, load_on, sidecar, voxel_sizes_mm
from rt1t2.qc import (
    calibration_check,
    calibration_panels,
    image_panels,
    metrics,
    mosaics,
)
from rt1t2.qc.brain_parts import part_masks
from rt1t2.qc.page_parts import Panel, Picture
from rt1t2.qc.participant_summary import ParticipantSummary
from rt1t2.qc.software import participant_software
from rt1t2.ratio.protocol_references import choose_reference
from rt1t2.ratio.ratio import MEASURES, T1W_OVER_T2W
from rt1t2.records import read_json
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS

Record = dict[str, Any]

# Sidecar key, label, factor to the unit of the label.
ACQUISITION = (
    ("SeriesDescription", "Series", None),
    ("SeriesNumber", "Series number", None),
    ("Manufacturer", "Manufacturer", None),
    ("ManufacturersModelName", "Scanner", None),
    ("MagneticFieldStrength", "Field (T)", 1),
    ("MRAcquisitionType", "Acquisition", None),
    ("RepetitionTime", "TR (ms)", 1000),
    ("EchoTime", "TE (ms)", 1000),
    ("InversionTime", "TI (ms)", 1000),
    ("FlipAngle", "Flip angle (deg)", 1),
    ("EchoTrainLength", "Echo train length", None),
    ("VoxelSizeMm", "Voxel (mm)", 1),
    ("PixelSpacing", "Pixel (mm)", 1),
    ("NumberOfSlices", "Slices", None),
    ("SliceThickness", "Slice thickness (mm)", 1),
    ("SpacingBetweenSlices", "Slice spacing (mm)", 1),
    ("FatSuppression", "Fat suppression", None),
    ("ConversionSoftware", "Converter", None),
    ("ConversionSoftwareVersion", "Converter version", None),
    ("RescaleSlope", "Rescale slope", 1),
    ("RescaleIntercept", "Rescale intercept", 1),
    ("PhilipsScaleSlope", "Philips scale slope", 1),
)


@dataclass(frozen=True)
class NativeImages:
    """One participant's images in native space, (x, y, z) on one grid.

    Attributes
    ----------
    affine
        Voxel to RAS mm.
    t1w, t2w
        Bias-corrected; the T2w is NaN outside its field of view.
    brain, lesion
        Boolean masks.
    gm, wm
        Probabilities.
    head
        Labels HEAD_LABELS.
    ratio
        NaN where undefined.
    conformed_t1w, conformed_t2w
        Before bias correction.
    """

    affine: np.ndarray
    t1w: np.ndarray
    t2w: np.ndarray
    brain: np.ndarray
    lesion: np.ndarray
    gm: np.ndarray
    wm: np.ndarray
    head: np.ndarray
    ratio: np.ndarray
    conformed_t1w: np.ndarray
    conformed_t2w: np.ndarray


@dataclass(frozen=True)
class TemplateImages:
    """One participant's maps in template space, and the template, on one grid.

    Attributes
    ----------
    affine
        Voxel to RAS mm.
    to_native
        4x4 matrix from RAS mm of the template to RAS mm of native space.
    t1w
        The participant's T1w, NaN where it has no data.
    ratio, smoothed
        NaN where undefined.
    template_t1w, brain, gm, wm, deep
        The template's T1w, brain mask (bool), tissue probabilities and that of its deep nuclei.
    """

    affine: np.ndarray
    to_native: np.ndarray
    t1w: np.ndarray
    ratio: np.ndarray
    smoothed: np.ndarray
    template_t1w: np.ndarray
    brain: np.ndarray
    gm: np.ndarray
    wm: np.ndarray
    deep: np.ndarray


@dataclass(frozen=True)
class StepRecords:
    """What each step wrote about itself (the content of its JSON)."""

    acquisition_t1w: Record
    acquisition_t2w: Record
    registration: Record
    origin: Record
    bias: Record
    mask: Record
    landmarks: Record
    curve: Record
    ratio: Record
    normalisation: Record
    smoothed: Record

    def by_title(self) -> dict[str, Record]:
        """Return the records in the order of the steps, under what the page calls them."""
        return {
            "acquisition of the T1w": self.acquisition_t1w,
            "acquisition of the T2w": self.acquisition_t2w,
            "registration of the T2w": self.registration,
            "origin": self.origin,
            "bias field": self.bias,
            "brain mask": self.mask,
            "landmarks": self.landmarks,
            "calibration curve": self.curve,
            "ratio": self.ratio,
            "normalisation": self.normalisation,
            "smoothed ratio": self.smoothed,
        }


@dataclass(frozen=True)
class ParticipantPage:
    """What ``participant.html.j2`` shows beside the participant's row of the table."""

    acquisition: Sequence[tuple[str, str, str]]
    decision: Sequence[str]
    glance: Picture
    panels: Sequence[Panel]
    findings: Sequence[metrics.Finding]
    flagged: Sequence[metrics.Finding]
    notes: Sequence[str]
    provenance: Sequence[tuple[str, str]]
    bar: str


def read_native(
    t1w: str,
    t2w: str,
    brain: str,
    lesion: str,
    gm: str,
    wm: str,
    head: str,
    ratio: str,
    conformed_t1w: str,
    conformed_t2w: str,
) -> NativeImages:
    """Read the images of native space from the files of those names."""
    corrected, affine = load(t1w)
    second, *maps = load_on(t1w, t2w, gm, wm, head, ratio, conformed_t1w, conformed_t2w)
    brain_mask, lesion_mask = (mask > 0 for mask in load_on(t1w, brain, lesion))
    return NativeImages(affine, corrected, second, brain_mask, lesion_mask, *maps)


def read_transmit_field(native: NativeImages, transmit: str) -> np.ndarray:
    """Read a measured transmit field (over the flip angle prescribed) on the native grid."""
    grid = Volume(native.t1w, native.affine)
    field: np.ndarray = Volume.load(transmit).on(grid).data
    return field


def read_in_template(
    native: NativeImages,
    affine: str,
    displacement: str,
    mni_ratio: str,
    smoothed: str,
    template_t1w: str,
    template_brain: str,
    template_gm: str,
    template_wm: str,
    template_head_classes: str,
) -> TemplateImages:
    """Read the images of template space, and carry the participant's T1w there.

    Parameters
    ----------
    native
        :func:`read_native`.
    affine, displacement
        ITK transforms from template to native space.
    mni_ratio, smoothed, template_t1w, template_brain, template_gm, template_wm
        Images on the template's grid.
    template_head_classes
        The template's HEAD_CLASSES on a coarser grid.
    """
    ratio, grid = load(mni_ratio)
    field, field_affine = load(displacement)
    to_native = read_itk(affine)
    voxels = source_voxels(
        from_itk(field),
        field_affine,
        to_native,
        native.affine,
        grid,
        ratio.shape,
    )
    classes = Volume.load(template_head_classes)
    deep = classes.like(classes.data[..., HEAD_CLASSES.index("deep")])
    return TemplateImages(
        affine=grid,
        to_native=to_native,
        t1w=pull(native.t1w, voxels),
        ratio=ratio,
        smoothed=load(smoothed)[0],
        template_t1w=load(template_t1w)[0],
        brain=load(template_brain)[0] > 0,
        gm=load(template_gm)[0],
        wm=load(template_wm)[0],
        deep=deep.on(Volume(ratio, grid)).data,
    )


def read_records(
    origin: str,
    bias: str,
    brain: str,
    landmarks: str,
    curve: str,
    ratio: str,
    displacement: str,
    smoothed: str,
) -> StepRecords:
    """Read the steps' records from their JSON; of images and transforms, from the sidecars."""
    start = read_json(origin)
    acquired = start.pop("Acquisition")
    registration = start.pop("T2wRegistration")
    return StepRecords(
        acquisition_t1w=acquired["T1w"],
        acquisition_t2w=acquired["T2w"],
        registration=registration,
        origin=start,
        bias=read_json(bias),
        mask=read_json(sidecar(brain)),
        landmarks=read_json(landmarks),
        curve=read_json(curve),
        ratio=read_json(sidecar(ratio)),
        normalisation=read_json(sidecar(displacement)),
        smoothed=read_json(sidecar(smoothed)),
    )


def make_page(
    native: NativeImages,
    template: TemplateImages,
    records: StepRecords,
    references: Record,
    series: Sequence[Mapping[str, str]],
    participant: Mapping[str, str],
    code: str,
    transmit: np.ndarray | None = None,
) -> tuple[ParticipantPage, ParticipantSummary]:
    """Measure and draw one participant.

    Parameters
    ----------
    native, template, records
        What the steps made of this participant.
    references
        :func:`rt1t2.ratio.protocol_references.build_references`.
    series
        Rows of the participant's ``series.tsv``.
    participant
        The participant's row of the table.
    code
        Digest of the code, for the page's own provenance.
    transmit
        A measured transmit field, see :func:`read_transmit_field`.

    Returns
    -------
    tuple
        The page, and what the cohort's pages need of it.
    """
    reference = choose_reference(references, records.landmarks, participant).reference
    tissues = calibration_check.tissue_masks(
        native.ratio, native.gm, native.wm, native.head
    )
    formula = records.ratio.get("Formula", T1W_OVER_T2W)
    measured = _measure(native, template, records, tissues)
    findings = metrics.verdict(measured)
    flagged = [finding for finding in findings if finding.flagged]
    notes = _notes(records)
    # one colour scale for all participants, whatever their protocol
    high = calibration_panels.display_maximum(
        references["AllControls"],
        records.curve,
        measured["ratio_wm_median"],
        formula,
    )
    flags = [f"{f.metric.label}: {f.text} ({f.plausible} expected)" for f in flagged]
    flags += notes
    who = {key: participant[key] for key in ("participant_id", "group")}
    page = ParticipantPage(
        acquisition=acquisition_rows(records.acquisition_t1w, records.acquisition_t2w),
        decision=series_decision(series),
        glance=image_panels.glance(
            template.ratio, template.brain, high, template.affine
        ),
        panels=_panels(
            native, template, records, reference, series, high, formula, transmit
        ),
        findings=findings,
        flagged=flagged,
        notes=notes,
        provenance=provenance(records.by_title(), code),
        bar=mosaics.colour_bar_css(),
    )
    summary = ParticipantSummary(
        metrics={**who, **measured, "flags": flags},
        series=series,
        landmarks=records.landmarks,
        calibration=records.curve,
        median_ratios=calibration_check.median_ratios(
            native.t1w,
            native.t2w,
            tissues | part_masks(tissues, native.affine, template.to_native),
            records.landmarks,
            reference,
            formula,
        ),
        thumbnail=mosaics.jpeg_uri(
            image_panels.thumbnail(template.ratio, template.brain, high)
        ),
        software=participant_software(records.by_title()),
    )
    return page, summary


def _measure(
    native: NativeImages,
    template: TemplateImages,
    records: StepRecords,
    tissues: Mapping[str, np.ndarray],
) -> dict[str, float]:
    """Return what the images and the records tell of METRICS, by name."""
    voxel_ml = float(np.prod(voxel_sizes_mm(native.affine))) / 1000
    measured = metrics.native_metrics(
        native.ratio, native.brain, native.gm, native.wm, native.lesion, voxel_ml
    )
    measured |= metrics.symmetry_metrics(template.ratio, template.wm, template.affine)
    measured |= metrics.recorded_metrics(
        records.registration, records.bias, records.curve, records.normalisation
    )
    measured |= metrics.mask_metrics(records.mask)
    inside_skull = native.brain | (native.head == HEAD_LABELS["csf"])
    measured["intracranial_volume_ml"] = int(inside_skull.sum()) * voxel_ml
    voltage = records.acquisition_t1w.get("TxRefAmp")
    measured["transmit_voltage"] = metrics.number(voltage)
    measured["ratio_deep_gm_median"] = metrics.median(native.ratio[tissues["deep"]])
    for name, image in (("t1w", native.t1w), ("t2w", native.t2w)):
        measured[f"{name}_beyond_landmarks_percent"] = (
            calibration_check.beyond_landmarks_percent(
                image, native.brain, records.landmarks["Classes"], name
            )
        )
    return measured


def _notes(records: StepRecords) -> list[str]:
    """Return the flags that the steps raised, each once."""
    flags = [
        flag
        for record in records.by_title().values()
        if record is not records.normalisation  # the verdict judges the same numbers
        for flag in record.get("Flags") or []
    ]
    # the verdict judges these numbers, too
    of_mask = (records.mask.get("MaskCheck") or {}).get("Flags") or []
    return [flag for flag in dict.fromkeys(flags) if flag not in of_mask]


def _panels(
    native: NativeImages,
    template: TemplateImages,
    records: StepRecords,
    reference: Record,
    series: Sequence[Mapping[str, str]],
    high: float,
    formula: str,
    transmit: np.ndarray | None,
) -> list[Panel]:
    """Draw the steps in their order; ``high`` is the upper end of the ratio's colours."""
    t1w, t2w, brain, gm, wm = (
        native.t1w,
        native.t2w,
        native.brain,
        native.gm,
        native.wm,
    )
    here = native.affine
    head = image_panels.head_support(t1w)
    landmarks, curve = records.landmarks, records.curve
    corrected = {"T1w": t1w, "T2w": t2w}
    white = np.where(brain, wm, 0)
    common = calibration_panels.on_the_controls_scale(curve)
    names = ("brain", "gm", "wm", "deep")
    measure = MEASURES[formula]
    contours = {name: getattr(template, name) for name in names}
    return [
        image_panels.series_panel(series),
        image_panels.bias_panel(
            {"T1w": native.conformed_t1w, "T2w": native.conformed_t2w},
            corrected,
            head,
            white,
            records.bias,
            here,
            None if transmit is None else image_panels.Transmit(transmit, brain),
        ),
        image_panels.registration_panel(t1w, t2w, brain, records.registration, here),
        image_panels.tissue_panel(t1w, brain, gm, wm, native.lesion, here),
        calibration_panels.classes_panel(
            t1w, native.head, head, landmarks, reference, curve
        ),
        calibration_panels.curve_panel(curve, landmarks, reference),
        calibration_panels.histogram_panel(native.ratio, brain, gm, wm, high, measure),
        image_panels.ratio_panel(
            native.ratio, brain, high, common, records.ratio, here, measure
        ),
        image_panels.template_panel(
            template.t1w,
            template.template_t1w,
            contours,
            records.normalisation,
            template.affine,
        ),
        image_panels.mni_ratio_panel(
            template.ratio,
            template.smoothed,
            template.brain,
            high,
            records.smoothed,
            template.affine,
            measure,
        ),
    ]


def series_decision(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Say in a few words which series were used, and how many were not."""
    used = []
    for image in ("T1w", "T2w"):
        for row in rows:
            if row.get("decision") == f"used as {image}":
                known = (row.get("series_number", "n/a"), row.get("sequence", "n/a"))
                number, sequence = known
                named = "a file" if number == "n/a" else f"series {number}"
                used.append(
                    f"{image}: {named}"
                    + (f" ({sequence})" if sequence != "n/a" else "")
                )
    left = sum(not row.get("decision", "").startswith("used as") for row in rows)
    return [*used, f"{left} other series not used"] if left else used


def acquisition_rows(
    t1w: Mapping[str, Any], t2w: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return (label, T1w, T2w) of what the two sidecars say, leaving out what neither does."""
    rows = []
    for key, label, factor in ACQUISITION:
        if t1w.get(key) is not None or t2w.get(key) is not None:
            of_t1w, of_t2w = (_shown(image.get(key), factor) for image in (t1w, t2w))
            rows.append((label, of_t1w, of_t2w))
    rows.append(("Scanner's intensity correction", norm_state(t1w), norm_state(t2w)))
    return rows


def norm_state(meta: Mapping[str, Any]) -> str:
    """Say whether the scanner itself normalised the intensities."""
    state = meta.get("ScannerIntensityNormalisation")
    return str(state) if state else "not recorded"


def provenance(
    records: Mapping[str, Mapping[str, Any]], code: str
) -> list[tuple[str, str]]:
    """Return (title, indented JSON) of every step's own record, and of this page."""
    folded = [
        (title, json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False))
        for title, record in records.items()
    ]
    return [*folded, ("this page", json.dumps({"CodeDigest": code}))]


def _shown(value: Any, factor: float | None) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, list):
        return " \N{MULTIPLICATION SIGN} ".join(_shown(part, factor) for part in value)
    if factor is not None and isinstance(value, int | float):
        return f"{value * factor:.6g}"
    return str(value)
