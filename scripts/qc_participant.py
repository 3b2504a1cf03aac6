import logging
from pathlib import Path

import numpy as np

from rt1t2.geometry.displacement import from_itk, pull, source_voxels
from rt1t2.geometry.transforms import read_itk
from rt1t2.images import load, sidecar, voxel_sizes_mm
from rt1t2.qc import (
    calibration_check,
    calibration_panels,
    image_panels,
    metrics,
    mosaics,
)
from rt1t2.qc.pages import save_page
from rt1t2.qc.participant_page import acquisition_rows, provenance
from rt1t2.ratio.protocol_references import choose_reference
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv
from rt1t2.tissue.bias_fields import uncorrected
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    series: str,
    origin: str,
    lesion: str,
    t1w: str,
    t2w: str,
    brain: str,
    gm: str,
    wm: str,
    head: str,
    bias_fields: str,
    landmarks: str,
    reference: str,
    affine: str,
    displacement: str,
    curve: str,
    ratio: str,
    mni_ratio: str,
    smoothed: str,
    template_t1w: str,
    template_brain: str,
    template_gm: str,
    template_wm: str,
    page: str,
    summary: str,
    code: str,
    participant: dict[str, str],
    simulated: bool,
) -> None:
    t1, grid = load(t1w)
    t2, gm_p, wm_p, r = (load(path)[0] for path in (t2w, gm, wm, ratio))
    brain_m, lesion_m = load(brain)[0] > 0, load(lesion)[0] > 0
    classes = load(head)[0]
    template = {"brain": load(template_brain)[0] > 0}
    template |= {"gm": load(template_gm)[0], "wm": load(template_wm)[0]}
    mni_r, mni_affine = load(mni_ratio)
    start = read_json(origin)
    acquired = start.pop("Acquisition")
    records = {
        "acquisition of the T1w": acquired["T1w"],
        "acquisition of the T2w": acquired["T2w"],
        "registration of the T2w": start.pop("T2wRegistration"),
        "origin": start,
        "bias field": read_json(sidecar(t1w))["BiasFit"],
        "landmarks": read_json(landmarks),
        "calibration curve": read_json(curve),
        "ratio": read_json(sidecar(ratio)),
        "normalisation": read_json(sidecar(displacement)),
        "smoothed ratio": read_json(sidecar(smoothed)),
    }
    registered, normalised = (
        records["registration of the T2w"],
        records["normalisation"],
    )
    fit, marks, cal = (
        records[k] for k in ("bias field", "landmarks", "calibration curve")
    )
    built = read_json(reference)
    scale = choose_reference(built, marks, participant).reference
    found_series = read_tsv(series)

    voxel_ml = float(np.prod(voxel_sizes_mm(grid))) / 1000
    measured = metrics.native_metrics(r, brain_m, gm_p, wm_p, lesion_m, voxel_ml)
    measured |= metrics.symmetry_metrics(mni_r, template["wm"], mni_affine)
    measured |= metrics.recorded_metrics(registered, fit, cal, normalised)
    tissues = calibration_check.tissue_masks(r, gm_p, wm_p, classes)
    measured["ratio_deep_gm_median"] = metrics.median(r[tissues["deep"]])
    for name, image in (("t1w", t1), ("t2w", t2)):
        measured[f"{name}_beyond_landmarks_percent"] = (
            calibration_check.beyond_landmarks_percent(
                image, brain_m, marks["Classes"], name
            )
        )
    findings = metrics.verdict(measured)
    judged = {"normalisation"}  # the verdict judges the same numbers
    notes = [
        f for k, r in records.items() if k not in judged for f in r.get("Flags") or []
    ]
    notes = list(dict.fromkeys(notes))
    # one colour scale for everybody, whatever the protocol
    high = calibration_panels.display_maximum(
        built["AllControls"], cal, measured["ratio_wm_median"]
    )

    common = calibration_panels.on_the_controls_scale(cal)

    head_m = image_panels.head_support(t1)
    inside_wm = np.where(brain_m, wm_p, 0)
    log_fields, field_grid = load(bias_fields)
    offsets = fit.get("Offset", {})
    before = {
        name: uncorrected(image, grid, field, field_grid, offsets.get(name, 0.0))
        for name, image, field in zip(
            ("T1w", "T2w"), (t1, t2), np.moveaxis(log_fields, -1, 0), strict=True
        )
    }
    panels = [
        image_panels.series_panel(found_series),
        image_panels.bias_panel(before, {"T1w": t1, "T2w": t2}, head_m, inside_wm, fit),
        image_panels.registration_panel(t1, t2, brain_m, registered),
        image_panels.tissue_panel(t1, brain_m, gm_p, wm_p, lesion_m),
        calibration_panels.classes_panel(t1, classes, head_m, marks, scale, cal),
        calibration_panels.curve_panel(cal, marks, scale),
        calibration_panels.histogram_panel(r, brain_m, gm_p, wm_p, high),
        image_panels.ratio_panel(r, brain_m, high, common, records["ratio"]),
        image_panels.template_panel(
            in_template(t1, grid, affine, displacement, mni_affine, mni_r.shape),
            load(template_t1w)[0],
            template,
            normalised,
        ),
        image_panels.mni_ratio_panel(mni_r, load(smoothed)[0], template["brain"], high),
    ]
    picture = image_panels.thumbnail(mni_r, template["brain"], high)

    flagged = [finding for finding in findings if finding.flagged]
    flags = [f"{f.metric.label}: {f.text}" for f in flagged] + notes
    who = {key: participant[key] for key in ("participant_id", "group")}
    save_json(
        {
            "metrics": {**who, **measured, "flags": flags},
            "series": found_series,
            "landmarks": marks,
            "calibration": cal,
            "median_ratios": calibration_check.median_ratios(
                t1, t2, tissues, marks, scale
            ),
            "thumbnail": mosaics.jpeg_uri(picture),
        },
        summary,
    )
    save_page(
        "participant.html.j2",
        page,
        participant=participant,
        simulated=simulated,
        acquisition=acquisition_rows(acquired["T1w"], acquired["T2w"]),
        panels=panels,
        findings=findings,
        flagged=flagged,
        notes=notes,
        provenance=provenance(records, code),
        bar=mosaics.colour_bar_css(),
    )
    size_mb = Path(page).stat().st_size / 1e6
    log.info(
        "%s: %d flags, page of %.2f MB", who["participant_id"], len(flags), size_mb
    )


def in_template(
    image: np.ndarray,
    grid: np.ndarray,
    affine: str,
    displacement: str,
    template_grid: np.ndarray,
    template_shape: tuple[int, int, int],
) -> np.ndarray:
    field, field_grid = load(displacement)
    way = from_itk(field), field_grid, read_itk(affine)
    return pull(image, source_voxels(*way, grid, template_grid, template_shape))


if __name__ == "__main__":
    run(main, snakemake)
