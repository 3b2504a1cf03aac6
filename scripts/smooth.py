import logging

import numpy as np

from rt1t2 import images, rounding
from rt1t2.ratio.ratio import MEASURES
from rt1t2.ratio.smoothing import MIN_SUPPORT, smooth
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    mni_ratio: str,
    template_brain: str,
    smoothed: str,
    code: str,
    fwhm_mm: float,
    edges: str,
    formula: str,
) -> None:
    ratio, grid = images.load(mni_ratio)
    brain = images.load(template_brain)[0] > 0
    sizes_mm = images.voxel_sizes_mm(grid)
    result = smooth(ratio, brain, fwhm_mm, sizes_mm, edges)
    undefined = int(np.sum(brain & ~np.isfinite(result)))
    log.info("smoothed: %d template voxels are undefined", undefined)
    about = {
        "Description": f"{MEASURES[formula]} ratio in template space, smoothed",
        "SpatialReference": "MNI152NLin2009aSym",
        "Sources": [mni_ratio, template_brain],
        "SkullStripped": True,
        "Units": "arbitrary",
        "SmoothingFWHM_mm": fwhm_mm,
        "SmoothingEdges": edges,
        **({"MinimumKernelShare": MIN_SUPPORT} if edges == "normalised" else {}),
        "BrainVoxels": int(brain.sum()),
        "ExcludedVoxels": {"Undefined": undefined},
        **generated_by(code, "numpy", "scipy"),
    }
    step = rounding.step_of(ratio, rounding.SMOOTHED_STEP)
    images.save(result, grid, smoothed, about, step=step)


if __name__ == "__main__":
    run(main, snakemake)
