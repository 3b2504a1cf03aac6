"""A scanner's or converter's factor has no say in the ratio: bias, segmentation, calibration."""

import numpy as np
import pytest
from simulated_pair import simulated_pair

from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.tissue.bias import correct_bias, estimate_bias, levels_under
from rt1t2.tissue.levels_reference import build_reference
from rt1t2.tissue.reference_tissues import reference_record
from rt1t2.tissue.segmentation import segment


def process(pair, factors=(1.0, 1.0)):
    scans = [
        image.like(factor * image.data)
        for factor, image in zip(factors, (pair.t1w, pair.t2w), strict=True)
    ]
    where = pair.prior, pair.lesion, "sub-01"
    bias = estimate_bias(*scans, *where, "joint", 1)
    images = correct_bias(bias, *scans)
    tissue = segment(*images, *where)
    mixture, doubts = levels_under(bias, *scans, *where, 1)
    record = reference_record(*images, tissue, *where[:2], mixture, doubts, "sub-01")
    arrays = [image.data for image in images]
    return arrays, tissue.brain, {"participant_id": "sub-01"} | record


@pytest.fixture(scope="module")
def pair(head):
    return simulated_pair(head, 1, lesions=[((24, -10, 24), 13)])


@pytest.fixture(scope="module")
def plain(pair):
    return process(pair)


@pytest.mark.parametrize("factors", [(275.0, 0.1), (0.1, 10.0)])
def test_the_calibrated_ratio_does_not_change(pair, plain, factors):
    controls = [plain[2] | {"participant_id": f"sub-{i}"} for i in (2, 3)]
    reference = build_reference(controls)
    scaled = process(pair, factors)
    for method in ("affine", "nonlinear"):
        ratios = []
        for images, brain, record in (plain, scaled):
            images = dict(zip(("t1w", "t2w"), images, strict=True))
            bright = {name: float(np.nanmax(image)) for name, image in images.items()}
            curves = calibrate(method, record, reference, bright).curves
            images = {name: curves[name](image) for name, image in images.items()}
            ratios.append(t1w_t2w_ratio(**images, brain=brain, lesion=pair.lesion)[0])
        both = np.isfinite(ratios[0]) & np.isfinite(ratios[1])
        assert both.sum() > 0.999 * np.isfinite(ratios[0]).sum()
        assert np.abs(ratios[1][both] / ratios[0][both] - 1).max() < 0.01, method
