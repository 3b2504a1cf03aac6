import logging

import numpy as np

from rt1t2 import images
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.smoothing import MIN_SUPPORT, smooth_normalised, smooth_zero_fill

log = logging.getLogger("rt1t2")


def main(
    ratio: str,
    template_brain: str,
    smoothed: str,
    code: str,
    fwhm_mm: float,
    edges: str,
) -> None:
    data, affine = images.load(ratio)
    brain = images.load(template_brain)[0] > 0
    sizes = images.voxel_sizes_mm(affine)
    if edges == "normalised":
        result = smooth_normalised(data, brain, fwhm_mm, sizes)
        support = {"MinimumKernelShare": MIN_SUPPORT}
    else:
        result = smooth_zero_fill(data, fwhm_mm, sizes)
        support = {}

    undefined = int(np.sum(brain & ~np.isfinite(result)))
    log.info("%d of %d brain voxels are undefined", undefined, brain.sum())
    meta = {
        "Description": "T1w/T2w ratio in template space, smoothed.",
        "Sources": [ratio, template_brain],
        "SpatialReference": "MNI152NLin2009aSym",
        "SkullStripped": True,
        "Units": "arbitrary",
        "SmoothingFWHM_mm": fwhm_mm,
        "SmoothingEdges": edges,
        **support,
        "BrainVoxels": int(brain.sum()),
        "ExcludedVoxels": {"Undefined": undefined},
        **generated_by(code, "numpy", "scipy"),
    }
    images.save(result, affine, smoothed, meta)


if __name__ == "__main__":
    run(main, snakemake)
