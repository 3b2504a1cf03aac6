import logging

from rt1t2 import images, rounding
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.bias import estimate_bias
from rt1t2.tissue.transmit_response import Response, response_of_head
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")

OF_THE_MAP = (
    *("Kind", "MeanLnB1", "BrainCoverage", "BrainMedian", "BrainP5", "BrainP95"),
    *("AlignedBy", "ShiftMm"),
)


def main(
    t1w: str,
    t2w: str,
    prior: str,
    lesion: str,
    transmit: list[str],
    bias_fields: str,
    code: str,
    participant_id: str,
    method: str,
    seed: int,
) -> None:
    found = estimate_bias(
        *map(Volume.load, (t1w, t2w, prior)),
        images.load_on(t1w, lesion)[0] > 0,
        participant_id,
        method,
        seed,
        measured_response(transmit[0], prior) if transmit else None,
    )
    part = ""
    if transmit:
        measured = read_json(images.sidecar(transmit[0]))
        found.record["TransmitMap"] = {key: measured[key] for key in OF_THE_MAP}
        found.record["Flags"] += measured["Flags"]
        part = ", the measured transmit field's effect among them"
    about = {
        "Description": "Natural logs of the bias fields of T1w and T2w; corrected = "
        f"(image - Offset) / exp(field){part}",
        "Sources": [t1w, t2w, prior, lesion, *transmit],
        "SkullStripped": False,
        "SpatialReference": images.bids_uri(t1w),
        "Volumes": ["T1w", "T2w"],
        **found.record,
        **generated_by(
            code, "numpy", "scipy", *(["simpleitk"] if method == "n4" else [])
        ),
    }
    found.log_fields.save(bias_fields, about, rounding.LOG_FIELD_STEP)
    log.info("bias correction %s, field SD %s", method, found.record["FieldSD"])
    for flag in found.record["Flags"]:
        log.warning("%s", flag)


def measured_response(transmit: str, prior: str) -> Response:
    """Return what a measured transmit field did to both images, on the prior's grid."""
    (field,) = images.load_on(prior, transmit)
    scanned = read_json(images.sidecar(transmit))["Acquisition"]
    classes, _ = images.load(prior)
    return response_of_head(field, classes, sequences_of(scanned))


if __name__ == "__main__":
    run(main, snakemake)
