import logging

import numpy as np

from rt1t2 import images
from rt1t2.displacement import from_itk, pull, source_voxels
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.transforms import read_itk

log = logging.getLogger("rt1t2")


def main(
    native_ratio: str,
    native_t1w: str,
    native_lesion: str,
    affine: str,
    displacement: str,
    template_brain: str,
    ratio: str,
    t1w: str,
    lesion: str,
    code: str,
) -> None:
    native, grid = images.load(native_ratio)
    brain, template_grid = images.load(template_brain)
    brain = brain > 0
    field, field_grid = images.load(displacement)
    voxels = source_voxels(
        from_itk(field), field_grid, read_itk(affine), grid, template_grid, brain.shape
    )
    warped_t1w = pull(images.load(native_t1w)[0], voxels)
    warped_lesion = pull(images.load(native_lesion)[0], voxels) > 0.5
    warped_ratio = np.full(brain.shape, np.nan, dtype=np.float32)
    warped_ratio[brain] = pull(native, voxels[:, brain])
    warped_ratio[warped_lesion] = np.nan

    outside = brain & np.isnan(warped_t1w)
    in_lesion = brain & warped_lesion
    undefined = brain & np.isnan(warped_ratio) & ~outside & ~in_lesion
    excluded = {
        "OutsideT1wFieldOfView": int(outside.sum()),
        "Lesion": int(in_lesion.sum()),
        "UndefinedInNativeRatio": int(undefined.sum()),
    }
    log.info("of %d brain voxels without a ratio: %s", brain.sum(), excluded)

    meta = {
        "SpatialReference": "MNI152NLin2009aSym",
        "Interpolation": "linear, once from the native grid",
        **generated_by(code, "numpy", "scipy"),
    }
    way = [affine, displacement]
    images.save(
        warped_ratio,
        template_grid,
        ratio,
        {
            "Description": "T1w/T2w ratio in template space; NaN where less than half "
            "of the neighbouring native voxels are defined.",
            "Sources": [native_ratio, native_lesion, template_brain, *way],
            "SkullStripped": True,
            "Units": "arbitrary",
            "BrainVoxels": int(brain.sum()),
            "ExcludedVoxels": excluded,
        }
        | meta,
    )
    images.save(
        warped_t1w,
        template_grid,
        t1w,
        {
            "Description": "Bias-corrected T1w in template space.",
            "Sources": [native_t1w, *way],
            "SkullStripped": False,
        }
        | meta,
    )
    images.save(
        warped_lesion,
        template_grid,
        lesion,
        {
            "Description": "Lesion in template space; 1 = lesion.",
            "Sources": [native_lesion, *way],
            "SkullStripped": False,
            "LesionVoxels": int(warped_lesion.sum()),
        }
        | meta,
    )


if __name__ == "__main__":
    run(main, snakemake)
