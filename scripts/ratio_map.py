import logging

from rt1t2 import images, rounding
from rt1t2.ratio.ratio import FLOOR, t1w_t2w_ratio
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
    method: str,
) -> None:
    numerator, grid = images.load(calibrated_t1w)
    others = images.load_on(calibrated_t1w, calibrated_t2w, brain, lesion)
    denominator, mask, lesion_mask = others[0], others[1] > 0, others[2] > 0
    divided, counts, floor = t1w_t2w_ratio(numerator, denominator, mask, lesion_mask)
    about = {
        "Description": "T1w / T2w inside the brain mask; NaN where undefined",
        "Sources": [calibrated_t1w, calibrated_t2w, brain, lesion],
        "SkullStripped": True,
        "SpatialReference": images.bids_uri(calibrated_t1w),
        "CalibrationMethod": method,
        "BrainVoxels": int(mask.sum()),
        "ExcludedVoxels": counts,
        "DenominatorFloor": floor,
        "DenominatorFloorShareOfBrainMedian": FLOOR,
        **generated_by(code, "numpy"),
    }
    step = rounding.step_of(divided, rounding.RATIO_STEP)
    images.save(divided, grid, ratio, about, step=step)
    log.info("%d voxels in the brain, excluded: %s", mask.sum(), counts)


if __name__ == "__main__":
    run(main, snakemake)
