import logging
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.rounding import PROBABILITY_STEP
from rt1t2.template.head_classes import HEAD_LABELS
from rt1t2.tissue.mask_check import check_mask
from rt1t2.tissue.prior_check import prior_shift_mm
from rt1t2.tissue.segmentation import segment
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    prior: str,
    lesion: str,
    origin: str,
    head_classes: str,
    brain: str,
    gm: str,
    wm: str,
    csf: str,
    head: str,
    code: str,
    participant_id: str,
) -> None:
    image = Volume.load(t1w)
    excluded = images.load_on(t1w, lesion)[0] > 0
    second = Volume.load(t2w)
    to_t1w = np.array(read_json(origin)["template_to_t1w"])
    head_prior = Volume.load(prior)
    shift = prior_shift_mm(head_prior, Volume.load(head_classes), to_t1w)
    tissue = segment(image, second, head_prior, excluded, participant_id)
    del head_prior  # a quarter of the memory
    images_and_mask = image, second, tissue.brain, tissue.maps, excluded
    checked = check_mask(*images_and_mask, to_t1w, shift, participant_id)
    meta: dict[str, Any] = {"Sources": [t1w, t2w, prior, lesion, origin]}
    meta["SpatialReference"] = images.bids_uri(t1w)
    meta |= generated_by(code, "numpy", "scipy", "edt")
    brain_ml = float(tissue.brain.sum() * image.voxel_ml)
    log.info("brain %.0f ml", brain_ml)
    about = {
        "Description": "Brain with ventricles and sulcal CSF",
        "Type": "Brain",
        "VolumeMl": brain_ml,
        "MaskCheck": checked.record,
    }
    images.save(tissue.brain, image.affine, brain, about | meta)
    for name, path in (("gm", gm), ("wm", wm), ("csf", csf)):
        probability = tissue.maps[name]
        about = {
            "Description": f"Probability of {name.upper()} inside the brain mask",
            "VolumeMl": float(probability.sum(dtype=float) * image.voxel_ml),
            "SkullStripped": True,
        }
        step = PROBABILITY_STEP
        images.save(probability, image.affine, path, about | meta, step=step)
    about = {
        "Description": "Tissues of the head; brain, and deep (its deep grey matter), is what "
        "is not CSF in the brain mask",
        "Labels": HEAD_LABELS,
        "TissueMedians": {
            name: {"t1w": a, "t2w": b} for name, (a, b) in tissue.medians.items()
        },
        "Flags": [*tissue.flags, *checked.flags],
    }
    images.save(tissue.head, image.affine, head, about | meta)


if __name__ == "__main__":
    run(main, snakemake)
