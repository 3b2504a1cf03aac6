import numpy as np
import pytest
from made_landmarks import LEVELS, controls, record

from rt1t2.errors import UserError
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.scale import WEIGHTED, choose_scale, transmit_gauge
from rt1t2.template.signals import TISSUES, t1w_signal, tse_signal
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.levels_reference import build_reference, rescaled
from rt1t2.tissue.transmit_response import response_at

BRIGHTEST = {"t1w": 3.0, "t2w": 6.0}
REFERENCE = build_reference(controls())
MPRAGE = {"T1w": {"RepetitionTime": 2.3, "InversionTime": 0.9, "FlipAngle": 9}}


def white_ratio(found, reference=REFERENCE, gain=(1.0, 1.0), method=WEIGHTED):
    curves = calibrate(method, found, reference, BRIGHTEST).curves
    return float(curves["t1w"](gain[0]) / curves["t2w"](gain[1]))


def scanned(name, ln_b=0.0, acquisition=MPRAGE):
    """Landmarks of someone whose flip angles are not those prescribed."""
    sequences, b1 = sequences_of(acquisition), np.exp(ln_b)
    white = t1w_signal(TISSUES["wm"], sequences.t1w), tse_signal(TISSUES["wm"])
    levels = {
        name: (
            t1w_signal(TISSUES[name], sequences.t1w, b1) / white[0],
            tse_signal(TISSUES[name], sequences.t2w, b1) / white[1],
        )
        for name in ("csf", "fat", "muscle")
    }
    return record(name, **levels) | {"Acquisition": acquisition}


def test_somebody_like_the_controls_has_their_scale_under_both_methods():
    ratios = [
        white_ratio(record("sub-new", gain), gain=gain, method=method)
        for gain in ((1.0, 1.0), (7.0, 300.0))
        for method in (WEIGHTED, "affine")
    ]
    assert ratios == pytest.approx([ratios[0]] * 4, rel=1e-6)


@pytest.mark.parametrize("ln_b", [-0.1, -0.05, 0.05, 0.1])
def test_the_calibrated_white_matter_is_less_moved_by_the_transmit_field(ln_b):
    reference = build_reference([scanned(f"sub-{i}") for i in range(5)])
    moved = np.log(t1w_signal(TISSUES["thalamus"], b1=np.exp(ln_b)))
    moved -= np.log(t1w_signal(TISSUES["thalamus"]))
    left = {}
    for method in (WEIGHTED, "affine"):
        gains = [
            calibrate(method, scanned("sub-new", b), reference, BRIGHTEST).curves
            for b in (0.0, ln_b)
        ]
        ratios = [c["t1w"](1.0) / c["t2w"](1.0) for c in gains]
        left[method] = abs(np.log(ratios[1] / ratios[0]) + moved)
    assert left[WEIGHTED] < 0.25 * abs(ln_b)
    assert left[WEIGHTED] < left["affine"] / 2


@pytest.mark.parametrize("ln_b", [-0.06, 0.06])
def test_the_gauge_tells_which_way_the_field_differs(ln_b):
    reference = build_reference([scanned(f"sub-{i}") for i in range(5)])
    assert transmit_gauge(scanned("sub-new"), reference) == pytest.approx(0, abs=1e-6)
    told = transmit_gauge(scanned("sub-new", ln_b), reference)
    assert 0.3 < told / ln_b < 1  # shrunk by its own error


def test_the_gauge_is_undefined_where_nothing_tells_it():
    only_csf = record("sub-new")
    only_csf["Classes"] |= {"fat": None, "muscle": None}
    assert np.isnan(transmit_gauge(only_csf, REFERENCE))
    assert np.isnan(transmit_gauge(record("sub-new"), REFERENCE | {"Controls": []}))


def test_missing_muscle_is_said_and_the_scale_stays():
    found = record("sub-new")
    found["Classes"]["muscle"] = None
    scale = choose_scale(WEIGHTED, found, REFERENCE)
    assert scale.weights.anchors == ("csf", "fat")
    assert scale.flags == ["muscle could not be measured: scaled on csf and fat"]
    assert white_ratio(found) == pytest.approx(white_ratio(record("sub-x")), rel=1e-6)


@pytest.mark.parametrize(
    ("dark_fat", "images"), [((0.75, 2.0), "T1w"), ((1.9, 0.2), "T2w")]
)
def test_dark_fat_loses_its_weight_in_that_image_only(dark_fat, images):
    found = record("sub-new", fat=dark_fat)
    scale = choose_scale(WEIGHTED, found, REFERENCE)
    assert f"fat is dark in the {images}, not so in controls" in scale.flags[0]
    assert white_ratio(found) == pytest.approx(white_ratio(record("sub-x")), rel=1e-6)
    cohort = [record(f"sub-{i}", (1.0 + i, 2.0), fat=dark_fat) for i in range(4)]
    reference = build_reference(cohort)
    alike = calibrate(WEIGHTED, found, reference, BRIGHTEST)
    assert alike.flags == []
    levels = alike.weights["t1w"]["fat"]["t1w"], alike.weights["t2w"]["fat"]["t2w"]
    assert (levels[0] == 0, levels[1] == 0) == (images == "T1w", images == "T2w")


def test_nothing_to_scale_on_says_so():
    found = record("sub-new")
    found["Classes"] |= dict.fromkeys(("csf", "fat", "muscle"))
    with pytest.raises(UserError, match="sub-new: csf and fat and muscle could not be"):
        choose_scale(WEIGHTED, found, REFERENCE)


def test_rescaled_controls_agree_where_only_their_gains_differ():
    weights = choose_scale(WEIGHTED, record("sub-new"), REFERENCE).weights
    scaled = rescaled(REFERENCE, weights)
    assert scaled["Controls"] == REFERENCE["Controls"]
    for name in LEVELS:
        levels = scaled["Classes"][name]["t1w"]
        np.testing.assert_allclose(levels, levels[0], rtol=1e-9)
    own = {
        n: {i: scaled["Classes"][n][i][0] for i in ("t1w", "t2w")}
        for n in weights.anchors
    }
    before = {
        n: {i: REFERENCE["Classes"][n][i][0] for i in ("t1w", "t2w")}
        for n in weights.anchors
    }
    np.testing.assert_allclose(weights.moved(own), weights.moved(before), atol=1e-9)


def mapped(name, ln_b):
    """Landmarks of someone whose field was measured, with what it did taken off."""
    sequences = sequences_of(MPRAGE)
    found = scanned(name) | {"TransmitMap": {}}
    anchors = ("csf", "fat", "muscle")
    response = {n: response_at(np.exp(ln_b), sequences, (n,)) for n in anchors}
    found["TransmitMap"]["LnResponse"] = {
        n: {"t1w": float(r[0]), "t2w": float(r[1])} for n, r in response.items()
    }
    return found


def test_the_gauge_is_the_same_with_a_map_and_without():
    fields = (-0.02, 0.0, 0.03)
    without = build_reference([scanned(f"sub-{i}", b) for i, b in enumerate(fields)])
    within = build_reference([mapped(f"sub-{i}", b) for i, b in enumerate(fields)])
    told = transmit_gauge(scanned("sub-new", 0.06), without)
    # muscle is what it is; CSF is measured with grey matter in it
    for found in (mapped("sub-new", 0.06), scanned("sub-new", 0.06)):
        for reference in (without, within):
            assert transmit_gauge(found, reference) == pytest.approx(told, abs=0.02)
    assert told > 0.02
