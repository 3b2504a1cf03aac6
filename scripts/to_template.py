import logging

from rt1t2 import images, rounding
from rt1t2.geometry.displacement import from_itk, source_voxels
from rt1t2.geometry.transforms import read_itk
from rt1t2.ratio.ratio import MEASURES
from rt1t2.ratio.to_template import warp_ratio
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    ratio: str,
    t1w: str,
    lesion: str,
    affine: str,
    displacement: str,
    template_brain: str,
    mni_ratio: str,
    mni_lesion: str,
    code: str,
    formula: str,
) -> None:
    native, grid = images.load(ratio)
    template_mask, template_grid = images.load(template_brain)
    template_mask = template_mask > 0
    field, field_grid = images.load(displacement)
    voxels = source_voxels(
        from_itk(field),
        field_grid,
        read_itk(affine),
        grid,
        template_grid,
        template_mask.shape,
    )
    scan, lesion_mask = images.load_on(ratio, t1w, lesion)
    warped = warp_ratio(native, scan, lesion_mask > 0, voxels, template_mask)

    n_brain = int(template_mask.sum())
    log.info("%d template voxels, without a ratio: %s", n_brain, warped.excluded)
    about = {
        "SpatialReference": "MNI152NLin2009aSym",
        "Sources": [ratio, t1w, lesion, template_brain, affine, displacement],
        "Interpolation": "linear, once from the native grid",
        **generated_by(code, "numpy", "scipy"),
    }
    of_ratio = {
        "Description": f"{MEASURES[formula]} ratio in template space",
        "Undefined": "NaN: less than half of the neighbouring native voxels are defined",
        "SkullStripped": True,
        "Units": "arbitrary",
        "BrainVoxels": n_brain,
        "ExcludedVoxels": warped.excluded,
    }
    step = rounding.step_of(native, rounding.RATIO_STEP)
    images.save(warped.ratio, template_grid, mni_ratio, about | of_ratio, step=step)
    of_lesion = {
        "Description": "Lesion (1 = lesion) in template space",
        "SkullStripped": False,
        "Type": "Lesion",
    }
    images.save(warped.lesion, template_grid, mni_lesion, about | of_lesion)


if __name__ == "__main__":
    run(main, snakemake)
