import logging
from typing import Any

import numpy as np

from rt1t2 import images, rounding
from rt1t2.ratio.calibration import ON_REFERENCE, Calibration, calibrate
from rt1t2.ratio.protocol_references import Chosen, choose_reference
from rt1t2.ratio.scale import transmit_gauge
from rt1t2.records import read_json, save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    brain: str,
    landmarks: str,
    reference: str,
    calibrated_t1w: str,
    calibrated_t2w: str,
    curve: str,
    code: str,
    participant_id: str,
    entries: dict[str, str],
    method: str,
) -> None:
    made_by = generated_by(code, "numpy", "scipy")
    scans = {"t1w": images.load(t1w), "t2w": images.load(t2w)}
    mask = images.load_on(t1w, brain)[0] > 0
    levels = read_json(landmarks)
    scale_of = choose_reference(read_json(reference), levels, entries)
    highest = {name: float(np.nanmax(image)) for name, (image, _) in scans.items()}
    found = calibrate(method, levels, scale_of.reference, highest)

    record = curve_record(method, found, scale_of, levels)
    save_json({"participant_id": participant_id} | record | made_by, curve)
    scale = {"Sources": [landmarks, reference], "CalibrationMethod": method} | made_by
    for name, path in (("t1w", calibrated_t1w), ("t2w", calibrated_t2w)):
        image, grid = scans[name]
        calibrated = np.where(mask, found.curves[name](image), np.nan)
        step = rounding.step_of(calibrated, rounding.CALIBRATED_STEP)
        about = scale | calibrated_sidecar(name, found)
        if name == "t2w":
            about["SpatialReference"] = images.bids_uri(t1w)
        images.save(calibrated, grid, path, about, step=step)


def curve_record(
    method: str, found: Calibration, scale_of: Chosen, landmarks: dict[str, Any]
) -> dict[str, Any]:
    on_reference = method in ON_REFERENCE
    flags = [*found.flags, *(scale_of.flags if on_reference else [])]
    for name, curve in found.curves.items():
        log.info("%s: gain %.4g, offset %.4g", name, curve.gain, curve.offset)
    for flag in flags:
        log.warning("%s", flag)
    levels = ("t1w", "t2w", "n_voxels")
    measured = landmarks.get("TransmitMap")
    return {
        "T1w": found.curves["t1w"].as_json(),
        "T2w": found.curves["t2w"].as_json(),
        "Flags": flags,
        "Alternatives": found.alternatives,
        "Weights": found.weights,
        "B1Gauge": transmit_gauge(landmarks, scale_of.reference),
        **({"B1Map": measured["MeanLnB1"]["brain"]} if measured else {}),
        "Method": method,
        "Protocol": scale_of.protocol,
        "Reference": scale_of.source if on_reference else None,
        "Landmarks": {
            name: entry and {key: entry[key] for key in levels}
            for name, entry in landmarks["Classes"].items()
        },
        "LandmarkFlags": landmarks.get("Flags", []),
    }


def calibrated_sidecar(name: str, found: Calibration) -> dict[str, Any]:
    return {
        "Description": f"{name[:2].upper()}w on the scale of the controls inside the "
        "brain mask; NaN where undefined",
        "SkullStripped": True,
        "CalibrationGain": found.curves[name].gain,
        "CalibrationOffset": found.curves[name].offset,
    }


if __name__ == "__main__":
    run(main, snakemake)
