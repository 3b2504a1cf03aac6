import logging

from rt1t2 import images, rounding
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.bias import estimate_bias
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    prior: str,
    lesion: str,
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
    )
    about = {
        "Description": "Natural logs of the bias fields of T1w and T2w; corrected = "
        "(image - Offset) / exp(field)",
        "Sources": [t1w, t2w, prior, lesion],
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


if __name__ == "__main__":
    run(main, snakemake)
