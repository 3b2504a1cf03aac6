import json
import logging
from pathlib import Path

from rt1t2 import images
from rt1t2.calibration_reference import build_reference
from rt1t2.provenance import generated_by
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    landmarks: list[str], reference: str, code: str, participant_ids: list[str]
) -> None:
    records = [json.loads(Path(path).read_text()) for path in landmarks]
    built = build_reference(records)
    images.save_json(built | generated_by(code, "numpy"), reference)
    log.info(
        "%d of %d controls, anchors %s",
        len(built["Controls"]),
        len(participant_ids),
        ", ".join(built["Anchors"]),
    )
    for participant_id in built["LeftOut"]:
        log.warning(
            "%s is left out: landmarks missing or fat-suppressed", participant_id
        )


if __name__ == "__main__":
    run(main, snakemake)
