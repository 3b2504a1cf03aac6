from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.registration.participant import (
    brain_of_participant,
    brain_of_template,
    normalise_brain,
)
from rt1t2.rounding import DISPLACEMENT_STEP_MM
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by


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
    head_classes: str,
    affine: str,
    displacement: str,
    code: str,
    participant_id: str,
    estimate_mm: float,
) -> None:
    mask, excluded, *tissue = images.load_on(t1w, brain, lesion, gm, wm, csf)
    mask, excluded = mask > 0, excluded > 0  # an eighth of the memory
    maps = images.load_on(template_t1w, template_brain, template_gm, template_wm)
    way, record = normalise_brain(
        brain_of_participant(Volume.load(t1w), mask, *tissue),
        brain_of_template(Volume.load(template_t1w), maps[0] > 0, *maps[1:]),
        Volume.load(head_classes),
        excluded,
        np.array(read_json(origin)["template_to_t1w"]),
        estimate_mm,
        participant_id,
    )
    write_itk(way.affine, affine)
    about = {
        "Description": "ITK displacement field: template point (LPS mm) to where "
        "the affine continues to the T1w.",
        "Sources": [t1w, brain, gm, wm, csf, lesion, origin],
        "SpatialReference": "MNI152NLin2009aSym",
        "Affine": Path(affine).name,
    }
    about |= record | generated_by(code, "numpy", "scipy", "picsl-greedy")
    field, step = to_itk(way.displacement), DISPLACEMENT_STEP_MM
    images.save(field, way.grid, displacement, about, intent="vector", step=step)


if __name__ == "__main__":
    run(main, snakemake)
