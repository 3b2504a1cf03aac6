import logging

from rt1t2 import images
from rt1t2.head_classes import HEAD_LABELS
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.tissue import segment

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    priors: str,
    lesion: str,
    brain: str,
    gm: str,
    wm: str,
    csf: str,
    head: str,
    code: str,
    participant_id: str,
) -> None:
    image_t1w, affine = images.load(t1w)
    image_t2w, _ = images.load(t2w)
    prior, prior_affine = images.load(priors)
    excluded = images.load(lesion)[0] > 0
    found = segment(
        image_t1w, image_t2w, affine, prior, prior_affine, excluded, participant_id
    )
    voxel_ml = float(images.voxel_sizes_mm(affine).prod() / 1000)
    meta = {"Sources": [t1w, t2w], **generated_by(code, "numpy", "scipy")}
    images.save(
        found.brain,
        affine,
        brain,
        {
            "Description": "Brain with ventricles and sulcal CSF",
            "Type": "Brain",
            "VolumeMl": found.brain.sum() * voxel_ml,
            **meta,
        },
    )
    for name, probability, path in (
        ("GM", found.gm, gm),
        ("WM", found.wm, wm),
        ("CSF", found.csf, csf),
    ):
        description = {
            "Description": f"Probability of {name} inside the brain mask",
            "VolumeMl": probability.sum(dtype=float) * voxel_ml,
            "SkullStripped": True,
            **meta,
        }
        images.save(probability, affine, path, description)
    labels = {
        "Description": "Tissues of the head; brain is what is not CSF in the brain mask",
        "Labels": HEAD_LABELS,
        "TissueMedians": {
            name: {"t1w": a, "t2w": b} for name, (a, b) in found.medians.items()
        },
        "Flags": found.flags,
        **meta,
    }
    images.save(found.head, affine, head, labels)
    log.info("brain %.0f ml", found.brain.sum() * voxel_ml)
    for flag in found.flags:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
