"""The boxes of figure 4: they name rules that exist, in the order in which these run."""

from pathlib import Path

import fabricated

from rt1t2.paper.pipeline_steps import steps

ROOT = Path(__file__).resolve().parents[3]
STEPS = steps(fabricated.CONFIG)


def test_boxes_name_rules_that_exist():
    for step in STEPS:
        for rule in step.rules.replace(",", " ").split():
            assert (ROOT / "scripts" / f"{rule}.py").exists(), rule


def test_arrows_run_to_the_right_or_down_to_the_next_row():
    by_key = {step.key: step for step in STEPS}
    assert len(by_key) == len(STEPS)
    for step in STEPS:
        for key in step.follows:
            assert by_key[key].x < step.x or step.y < by_key[key].y
            assert STEPS.index(by_key[key]) < STEPS.index(step)


def test_boxes_show_the_values_in_use():
    config = fabricated.CONFIG | {"smoothing": {"fwhm_mm": 7.5, "edges": "zero_fill"}}
    texts = " ".join(step.values for step in steps(config))
    assert "7.5 mm FWHM" in texts
    assert "zero_fill" in texts
