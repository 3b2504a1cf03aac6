import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import calibration, images
from rt1t2.provenance import generated_by
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    preproc_t1w: str,
    preproc_t2w: str,
    landmarks: str,
    reference: str,
    t1w: str,
    t2w: str,
    curve: str,
    code: str,
    participant_id: str,
    method: str,
) -> None:
    paths = {"t1w": (preproc_t1w, t1w), "t2w": (preproc_t2w, t2w)}
    loaded = {name: images.load(source) for name, (source, _) in paths.items()}
    found = calibration.calibrate(
        method,
        json.loads(Path(landmarks).read_text()),
        json.loads(Path(reference).read_text()),
        {name: float(np.nanmax(image)) for name, (image, _) in loaded.items()},
    )
    made_by = generated_by(code, "numpy", "scipy")
    for name, (source, target) in paths.items():
        image, affine = loaded[name]
        mapped = found.curves[name]
        meta = {
            "Description": f"{name[:2].upper()}w on the scale of the controls",
            "Sources": [source, landmarks, reference],
            "SkullStripped": False,
            "CalibrationMethod": method,
            "CalibrationGain": mapped.gain,
            "CalibrationOffset": mapped.offset,
            **made_by,
        }
        images.save(mapped(image), affine, target, meta)
        log.info("%s: gain %.4g, offset %.4g", name, mapped.gain, mapped.offset)
    record = {
        "participant_id": participant_id,
        "Method": method,
        "T1w": found.curves["t1w"].as_json(),
        "T2w": found.curves["t2w"].as_json(),
        "Flags": found.flags,
        "Alternatives": found.alternatives,
        **made_by,
    }
    images.save_json(record, curve)
    for flag in found.flags:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
