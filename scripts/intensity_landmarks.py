import json
import logging
from pathlib import Path

from rt1t2 import images
from rt1t2.landmarks import (
    FROM_MIXTURE,
    PROBABILITIES,
    landmark_flags,
    measure_landmarks,
)
from rt1t2.provenance import generated_by
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    head: str,
    brain: str,
    priors: str,
    lesion: str,
    bias: str,
    landmarks: str,
    code: str,
    participant_id: str,
) -> None:
    image_t1w, affine = images.load(t1w)
    image_t2w, _ = images.load(t2w)
    labels = images.load(head)[0].astype("u1")
    prior, prior_affine = images.load(priors)
    excluded = images.load(lesion)[0] > 0
    levels = json.loads(Path(bias).read_text()).get("Landmarks")
    found = measure_landmarks(
        image_t1w,
        image_t2w,
        affine,
        labels,
        images.load(brain)[0] > 0,
        prior,
        prior_affine,
        excluded,
        levels,
    )
    source = "half-sample modes"
    if levels:
        source = f"bias fit's mixture ({', '.join(FROM_MIXTURE)}), else {source}"
    record = {
        "participant_id": participant_id,
        "Source": source,
        "Probabilities": PROBABILITIES,
        "Classes": found,
        "Flags": landmark_flags(found),
        **generated_by(code, "numpy", "scipy"),
    }
    images.save_json(record, landmarks)
    for name, entry in found.items():
        if entry:
            values = name, entry["n_voxels"], entry["t1w"], entry["t2w"]
            log.info("%s: %d voxels, T1w %.4g, T2w %.4g", *values)
    for flag in record["Flags"]:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
