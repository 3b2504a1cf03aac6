import json
import logging
from pathlib import Path

from rt1t2 import images
from rt1t2.provenance import generated_by
from rt1t2.ratio import FLOOR, t1w_t2w_ratio
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    t1w: str, t2w: str, brain: str, lesion: str, curve: str, ratio: str, code: str
) -> None:
    image_t1w, affine = images.load(t1w)
    image_t2w, _ = images.load(t2w)
    mask = images.load(brain)[0] > 0
    excluded = images.load(lesion)[0] > 0
    divided, counts, floor = t1w_t2w_ratio(image_t1w, image_t2w, mask, excluded)
    meta = {
        "Description": "T1w / T2w inside the brain mask; NaN where undefined",
        "Sources": [t1w, t2w, brain, lesion],
        "SkullStripped": True,
        "CalibrationMethod": json.loads(Path(curve).read_text())["Method"],
        "BrainVoxels": int(mask.sum()),
        "ExcludedVoxels": counts,
        "DenominatorFloor": floor,
        "DenominatorFloorShareOfBrainMedian": FLOOR,
        **generated_by(code, "numpy"),
    }
    images.save(divided, affine, ratio, meta)
    log.info("%d voxels in the brain, excluded: %s", mask.sum(), counts)


if __name__ == "__main__":
    run(main, snakemake)
