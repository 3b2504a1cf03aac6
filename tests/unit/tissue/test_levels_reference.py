import numpy as np
import pytest
from made_landmarks import LEVELS, controls, record

from rt1t2.errors import UserError
from rt1t2.tissue.levels_reference import (
    build_reference,
    dark_fat,
    has_anchors,
    without,
)

REFERENCE = build_reference(controls())


def test_scanner_gains_do_not_enter_the_reference():
    for name, (t1w, t2w) in LEVELS.items():
        entry = REFERENCE["Classes"][name]
        t1w_unit = np.sqrt(LEVELS["csf"][0] * LEVELS["fat"][0])
        t2w_unit = np.sqrt(LEVELS["csf"][1] * LEVELS["fat"][1])
        assert entry["t1w"] == pytest.approx([t1w / t1w_unit] * 6)
        assert entry["t2w_median"] == pytest.approx(t2w / t2w_unit)


def test_a_control_has_no_part_in_its_own_reference():
    odd = [*controls(4), record("sub-odd", muscle=(9.0, 9.0))]
    reference = build_reference(odd)
    own = without(reference, "sub-odd")["muscle"]["t1w"]
    assert own == pytest.approx(without(REFERENCE, "sub-new")["muscle"]["t1w"])
    two = build_reference([odd[0], odd[-1]])
    assert without(two, "sub-0")["muscle"]["t1w"] > 5 * own


def test_a_single_control_is_everybodys_scale_and_its_own():
    reference = build_reference([record("sub-0"), record("sub-1", fat=(1.9, 0.1))])
    assert reference["Controls"] == ["sub-0"]
    own, others = (without(reference, name) for name in ("sub-0", "sub-7"))
    assert own["fat"]["t1w"] == others["fat"]["t1w"] > 0


@pytest.mark.parametrize("image", [0, 1])
def test_what_is_about_nothing_is_no_anchor(image):
    dim = [0.2, 3.7]
    dim[image] = 0.003
    assert has_anchors(record("sub-0")["Classes"], ("csf", "fat"))
    assert not has_anchors(record("sub-0", csf=tuple(dim))["Classes"], ("csf",))
    assert not has_anchors({"csf": None}, ("csf",))


def test_without_a_usable_control_there_is_no_scale():
    without_csf = record("sub-1")
    without_csf["Classes"]["csf"] = None
    with pytest.raises(
        UserError, match=r"None of 1 controls.*csf and fat.*calibration\.method none"
    ):
        build_reference([without_csf])


DARK = {("t1w",): (0.75, 2.0), ("t2w",): (1.9, 0.2), ("t1w", "t2w"): (0.3, 0.1)}


@pytest.mark.parametrize(("images", "fat"), DARK.items())
def test_fat_is_looked_at_in_both_images(images, fat):
    levels = {
        name: dict(zip(("t1w", "t2w"), both, strict=True))
        for name, both in (LEVELS | {"wm": (1.0, 1.0), "fat": fat}).items()
    }
    assert dark_fat(levels) == list(images)
    assert dark_fat(levels | {"fat": None}) == []


@pytest.mark.parametrize(("images", "fat"), DARK.items())
def test_controls_with_dark_fat_are_left_out_or_set_the_rule_for_all(images, fat):
    dark = [record(f"sub-dark{i}", fat=fat) for i in range(3)]
    few = build_reference([*controls(4), dark[0]])
    assert few["LeftOut"] == ["sub-dark0"]
    assert few["Anchors"] == ["csf", "fat"]
    assert few["DarkFat"] == []
    most = build_reference([record("sub-0"), *dark])
    assert most["Anchors"] == ["csf"]
    assert most["DarkFat"] == list(images)
    assert most["Classes"]["csf"]["t1w"] == pytest.approx([1] * 4)
