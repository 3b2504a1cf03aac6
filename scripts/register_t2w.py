import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.provenance import generated_by
from rt1t2.script import run
from rt1t2.t2w_alignment import align_t2w, resample_t2w
from rt1t2.transforms import displacement_mm, rotation_deg, translation, write_itk

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    native_t2w: str,
    origin: str,
    t2w: str,
    xfm: str,
    metrics: str,
    code: str,
) -> None:
    participant = Path(t2w).name.split("_")[0]
    found = json.loads(Path(origin).read_text())
    ac_mm = np.array(found["ac_mm"])
    image_t1w, affine = images.load(t1w)
    image_t2w, t2w_affine = images.load(native_t2w)

    # the registration sees both in one world: the T2w's header moved to the AC as well
    alignment = align_t2w(
        image_t1w,
        affine,
        image_t2w,
        translation(-ac_mm) @ t2w_affine,
        np.array(found["template_to_t1w"]),
    )
    if problem := alignment.problem():
        raise UserError(
            f"{participant}: {problem}. Check that T1w and T2w are whole heads of one "
            "person and one session, or set exclude in the participants table."
        )
    to_native = translation(ac_mm) @ alignment.t1w_to_t2w
    on_t1w, n_below_zero = resample_t2w(
        image_t2w, t2w_affine, affine, image_t1w.shape, to_native
    )
    moved = {
        "RotationDeg": rotation_deg(alignment.t1w_to_t2w),
        "TranslationMm": displacement_mm(alignment.t1w_to_t2w, np.zeros(3)),
    }
    log.info(
        "T2w lay %.1f mm and %.1f degrees off; mutual information %.3f -> %.3f; "
        "covers %.0f %% of the brain",
        moved["TranslationMm"],
        moved["RotationDeg"],
        alignment.mutual_information_before,
        alignment.mutual_information_after,
        100 * alignment.brain_coverage,
    )
    made_by = generated_by(code, "numpy", "scipy")
    images.save(on_t1w, affine, t2w)
    write_itk(to_native, xfm)
    images.save_json(
        {
            "Description": "Takes points of the T1w (AC-centred) to points of the native T2w",
            "Sources": [t1w, native_t2w],
            "Metric": "mutual information of ranks, 3 mm",
            **moved,
            "MutualInformationBefore": alignment.mutual_information_before,
            "MutualInformationAfter": alignment.mutual_information_after,
            "MutualInformationGap": alignment.gap,
            "T2wCoverage": alignment.head_coverage,
            "T2wBrainCoverage": alignment.brain_coverage,
            "Interpolation": "cubic B-spline, once, from the native T2w",
            "ValuesBelowZeroSetToZero": n_below_zero,
            "ExcludedVoxels": {"OutsideT2wFieldOfView": np.isnan(on_t1w).sum()},
            **made_by,
        },
        metrics,
    )


if __name__ == "__main__":
    run(main, snakemake)
