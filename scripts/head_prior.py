import logging

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.template.head_classes import HEAD_CLASSES
from rt1t2.tissue.priors import STEP, head_prior
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    origin: str,
    head_t1w: str,
    head_classes: str,
    prior: str,
    code: str,
) -> None:
    to_t1w = np.array(read_json(origin)["template_to_t1w"])
    found = head_prior(*map(Volume.load, (t1w, head_t1w, head_classes)), to_t1w)
    displacement = {
        "Median": float(np.median(found.displacement_mm)),
        "Largest": float(found.displacement_mm.max()),
    }
    log.info("displacement in mm: %s", displacement)
    about = {
        "Description": "Probability of every class, carried from the template's head",
        "Sources": [t1w, origin, head_t1w, head_classes],
        "SkullStripped": False,
        "Volumes": HEAD_CLASSES,
        "DisplacementMm": displacement,
        **generated_by(code, "numpy", "scipy", "dipy"),
    }
    found.prior.save(prior, about, STEP)


if __name__ == "__main__":
    run(main, snakemake)
