import logging

import numpy as np

from rt1t2 import images, rounding
from rt1t2.errors import UserError
from rt1t2.ratio.ratio import (
    FLOOR,
    T1W_OVER_LN_T2W,
    T1W_OVER_T2W,
    log_units,
    t1w_t2w_ratio,
)
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    calibrated_t1w: str,
    calibrated_t2w: str,
    brain: str,
    lesion: str,
    ratio: str,
    code: str,
    participant_id: str,
    method: str,
    formula: str,
) -> None:
    numerator, grid = images.load(calibrated_t1w)
    others = images.load_on(calibrated_t1w, calibrated_t2w, brain, lesion)
    denominator, mask, lesion_mask = others[0], others[1] > 0, others[2] > 0
    divided, counts, floor = t1w_t2w_ratio(
        numerator, denominator, mask, lesion_mask, formula, method
    )
    if formula == T1W_OVER_LN_T2W and not np.isfinite(divided).any():
        raise UserError(no_logarithm(participant_id, method))
    about = {
        "Sources": [calibrated_t1w, calibrated_t2w, brain, lesion],
        "SkullStripped": True,
        "SpatialReference": images.bids_uri(calibrated_t1w),
        "CalibrationMethod": method,
        "BrainVoxels": int(mask.sum()),
        "ExcludedVoxels": counts,
        "DenominatorFloor": floor,
        "DenominatorFloorShareOfBrainMedian": FLOOR,
        **of_formula(formula, method),
        **generated_by(code, "numpy"),
    }
    step = rounding.step_of(divided, rounding.RATIO_STEP)
    images.save(divided, grid, ratio, about, step=step)
    log.info("%d voxels in the brain, excluded: %s", mask.sum(), counts)


def of_formula(formula: str, method: str) -> dict[str, str | float]:
    if formula == T1W_OVER_T2W:
        divided_by, more = "T2w", {}
    else:
        units = log_units(method)
        divided_by, more = f"ln({units:g} T2w)", {"UnitsOfT2wBeforeLogarithm": units}
    quotient = f"T1w / {divided_by}"
    return {
        "Description": f"{quotient} inside the brain mask; NaN where undefined",
        "Formula": formula,
        **more,
    }


def no_logarithm(participant_id: str, method: str) -> str:
    return (
        f"{participant_id}: T1w / ln(T2w) is undefined everywhere: with calibration.method "
        f"{method} the T2w is so small that its logarithm is below 1. Choose weighted, or "
        "ratio.formula t1w_over_t2w."
    )


if __name__ == "__main__":
    run(main, snakemake)
