import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.head_classes import HEAD_CLASSES
from rt1t2.origin import align_head, parse_ac
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.transforms import displacement_mm, rotation_deg, translation

log = logging.getLogger("rt1t2")

BRAIN_CLASSES = [HEAD_CLASSES.index(name) for name in ("gm", "wm", "deep", "stem")]


def main(
    t1w: str,
    t2w: str,
    head_t1w: str,
    head_t2w: str,
    head_classes: str,
    origin: str,
    code: str,
    ac_mm: str | list[float] | None,
) -> None:
    participant = Path(origin).name.split("_")[0]
    manual_ac = parse_ac(ac_mm, participant)
    template_t1w, template_affine = images.load(head_t1w)
    template_t2w, _ = images.load(head_t2w)
    brain = images.load(head_classes)[0][..., BRAIN_CLASSES].sum(axis=-1) > 0.5

    alignment = align_head(
        *images.load(t1w),
        *images.load(t2w),
        template_t1w,
        template_t2w,
        brain,
        template_affine,
        manual_ac,
    )
    if problem := alignment.problem():
        raise UserError(
            f"{participant}: the template's head does not match the T1w: {problem}. "
            "Look at the image: is it a whole head with the orientation that its header "
            "tells? If so, give the anterior commissure as ac_mm in the participants table "
            "(x,y,z in scanner mm); otherwise set exclude there."
        )
    ac = alignment.ac_mm if manual_ac is None else manual_ac
    log.info("anterior commissure at %s mm (scanner)", np.round(ac, 1).tolist())
    log.info("template found it %.1f mm away", np.linalg.norm(alignment.ac_mm - ac))
    log.info(
        "determinant %.2f, mutual information %.3f, next best solution %.0f %% worse",
        alignment.determinant,
        alignment.template.mutual_information,
        100 * alignment.template.gap,
    )
    record = {
        "Description": "Anterior commissure and the template's affine alignment",
        "Sources": [t1w, t2w],
        "ac_mm": ac,
        "Method": "automatic" if manual_ac is None else "table",
        "ac_from_template_mm": alignment.ac_mm,
        "template_to_t1w": translation(-ac) @ alignment.template.matrix,
        "Determinant": alignment.determinant,
        "MutualInformation": alignment.template.mutual_information,
        "MutualInformationGap": alignment.template.gap,
        "T2wPositionBeforeAlignment": {
            "RotationDeg": rotation_deg(alignment.t2w.matrix),
            "TranslationMm": displacement_mm(alignment.t2w.matrix, ac),
        },
        **generated_by(code, "numpy", "scipy"),
    }
    images.save_json(record, origin)


if __name__ == "__main__":
    run(main, snakemake)
