import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.records import read_json
from rt1t2.registration import normalisation
from rt1t2.rounding import DISPLACEMENT_STEP_MM
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")

FAILED_DICE_WM = 0.3  # a brain that fits at all has twice that


def main(
    t1w: str,
    brain: str,
    gm: str,
    wm: str,
    csf: str,
    lesion: str,
    origin: str,
    template_t1w: str,
    template_brain: str,
    template_gm: str,
    template_wm: str,
    affine: str,
    displacement: str,
    code: str,
    estimate_mm: float,
) -> None:
    head, grid = images.load(t1w)
    mask, grey, white, fluid = (images.load(path)[0] for path in (brain, gm, wm, csf))
    mask = mask > 0
    lesion_mask = images.load(lesion)[0] > 0
    average, template_grid = images.load(template_t1w)
    template_mask = images.load(template_brain)[0] > 0
    template_grey, template_white = (
        images.load(path)[0] for path in (template_gm, template_wm)
    )

    if lesion_mask.any():
        contrast = "T1w"
        moving = normalisation.t1w_contrast(head, mask, white)
        fixed = normalisation.t1w_contrast(average, template_mask, template_white)
    else:
        contrast = "tissue"
        moving = normalisation.tissue_contrast(grey, white, fluid)
        template_fluid = np.clip(template_mask - template_grey - template_white, 0, 1)
        fixed = normalisation.tissue_contrast(
            template_grey, template_white, template_fluid
        )
    way = normalisation.normalise(
        fixed,
        template_mask,
        template_grid,
        moving,
        grid,
        np.array(read_json(origin)["template_to_t1w"]),
        estimate_mm,
        lesion_mask if lesion_mask.any() else None,
    )
    measured = normalisation.fit_metrics(
        way,
        {"GM": template_grey, "WM": template_white, "contrast": fixed},
        template_mask,
        template_grid,
        {"GM": grey, "WM": white, "contrast": moving},
        mask,
        grid,
    )
    flags = normalisation.flags(measured)
    for name, value in measured.items():
        log.info("%s %.3f", name, value)
    for sentence in flags:
        log.warning("%s", sentence)
    if not measured["DiceWM"] >= FAILED_DICE_WM:
        raise UserError(
            f"{Path(t1w).name.split('_')[0]}: the brain was not found in the template's "
            f"shape (Dice of white matter {measured['DiceWM']:.2f}, needs "
            f"{FAILED_DICE_WM}). Look at the brain mask {Path(brain).name}; give ac_mm "
            "in the participants table, or a reason in its column exclude."
        )

    write_itk(way.affine, affine)
    images.save(
        to_itk(way.displacement),
        way.grid,
        displacement,
        {
            "Description": "ITK displacement field: template point (LPS mm) to where "
            "the affine continues to the T1w.",
            "Sources": [t1w, brain, gm, wm, csf, lesion, origin],
            "SpatialReference": "MNI152NLin2009aSym",
            "Affine": Path(affine).name,
            "Contrast": contrast,
            "EstimateVoxel_mm": estimate_mm,
            "LesionVoxels": int(lesion_mask.sum()),
            "Flags": flags,
            **measured,
            **generated_by(code, "numpy", "scipy", "dipy"),
        },
        intent="vector",
        step=DISPLACEMENT_STEP_MM,
    )


if __name__ == "__main__":
    run(main, snakemake)
