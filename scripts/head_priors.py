import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.priors import carry_classes, inverse_head_displacement
from rt1t2.resampling import isotropic_grid
from rt1t2.script import run

log = logging.getLogger("rt1t2")

VOXEL_MM = 2.0


def main(
    t1w: str,
    origin: str,
    head_t1w: str,
    head_classes: str,
    priors: str,
    code: str,
) -> None:
    template_to_t1w = np.array(json.loads(Path(origin).read_text())["template_to_t1w"])
    data, affine = images.load(t1w)
    head, head_affine = images.load(head_t1w)
    classes, _ = images.load(head_classes)
    displacement, displacement_affine = inverse_head_displacement(
        data, affine, head, classes, head_affine, template_to_t1w
    )
    log.info(
        "displacement: median %.1f, largest %.1f mm",
        np.median(np.linalg.norm(displacement, axis=-1)),
        np.linalg.norm(displacement, axis=-1).max(),
    )
    shape, prior_affine = isotropic_grid(data.shape, affine, VOXEL_MM)
    probabilities = carry_classes(
        classes,
        head_affine,
        displacement,
        displacement_affine,
        np.linalg.inv(template_to_t1w),
        prior_affine,
        shape,
    )
    images.save(probabilities, prior_affine, priors)


if __name__ == "__main__":
    run(main, snakemake)
