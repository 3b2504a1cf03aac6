import logging

from rt1t2 import images
from rt1t2.bias import correct_pair
from rt1t2.provenance import generated_by
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    conformed_t1w: str,
    conformed_t2w: str,
    priors: str,
    lesion: str,
    t1w: str,
    t2w: str,
    bias: str,
    code: str,
    participant_id: str,
    method: str,
    seed: int,
) -> None:
    image_t1w, affine = images.load(conformed_t1w)
    image_t2w, _ = images.load(conformed_t2w)
    prior, prior_affine = images.load(priors)
    excluded = images.load(lesion)[0] > 0
    corrected_t1w, corrected_t2w, record = correct_pair(
        image_t1w,
        image_t2w,
        affine,
        prior,
        prior_affine,
        excluded,
        participant_id,
        method,
        seed,
    )
    made_by = generated_by(code, "numpy", "scipy")
    meta = {
        "Sources": [conformed_t1w, conformed_t2w, priors, lesion],
        "SkullStripped": False,
        "BiasCorrection": method,
        "VoxelSizeMm": images.voxel_sizes_mm(affine),
        **made_by,
    }
    images.save(
        corrected_t1w,
        affine,
        t1w,
        {"Description": "T1w, origin at the AC, bias-corrected", **meta},
    )
    images.save(
        corrected_t2w,
        affine,
        t2w,
        {
            "Description": "T2w on the T1w's grid, bias-corrected; NaN outside its view",
            **meta,
        },
    )
    images.save_json(record | made_by, bias)
    log.info("method %s, field SD in the brain %s", method, record.get("FieldSD"))
    for flag in record["Flags"]:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
