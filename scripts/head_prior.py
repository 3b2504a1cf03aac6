import logging

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.images import bids_uri
from rt1t2.records import read_json
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.priors import STEP, head_prior
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    origin: str,
    head_classes: str,
    prior: str,
    code: str,
    participant_id: str,
    seed: int,
) -> None:
    to_t1w = np.array(read_json(origin)["template_to_t1w"])
    maps = map(Volume.load, (t1w, t2w, head_classes))
    found = head_prior(*maps, to_t1w, participant_id, seed)
    displacement = {
        "Median": float(np.median(found.displacement_mm)),
        "Largest": float(found.displacement_mm.max()),
    }
    log.info("displacement in mm: %s", displacement)
    about = {
        "Description": "Probability of every class, carried from the template's head",
        "Sources": [t1w, t2w, origin, head_classes],
        "SkullStripped": False,
        "SpatialReference": bids_uri(t1w),
        "Volumes": HEAD_CLASSES,
        "DisplacementMm": displacement,
        **generated_by(code, "numpy", "scipy", "picsl-greedy"),
    }
    found.prior.save(prior, about, STEP)


if __name__ == "__main__":
    run(main, snakemake)
