"""A result that is replaced by hand: everything after it is made again, and only that."""

import re

import numpy as np
import pytest

from rt1t2 import images

from .conftest import run_demo

PATIENT = "sub-09"
ANAT = f"results/derivatives/rt1t2/{PATIENT}/anat/{PATIENT}_"
FOR_THE_GROUP = {
    *("group_mask", "group_ttest", "group_evidence", "group_permutation"),
    *("group_error_rate", "group_leave_one_out", "group_clusters", "region_means"),
    *("receptor_correlations", "receptor_sensitivity", "figure_sensitivity"),
    *("qc_cohort", "qc_calibration", "table_2", "table_3", "methods", "report"),
    *("figure_1", "figure_2", "figure_3", "figure_design"),
}
LAST = {"to_template", "smooth", "qc_participant"}
AFTER_BRAIN = {"reference_tissues", "normalise", "calibrate", "ratio_map", *LAST}
AFTER_FIELD = {"correct_bias", "segment", *AFTER_BRAIN}
BY_HAND = {
    "desc-prior_probseg": {"estimate_bias", *AFTER_FIELD},
    "label-lesion_mask": {"estimate_bias", *AFTER_FIELD},
    "desc-bias_fields": AFTER_FIELD,
    "desc-brain_mask": AFTER_BRAIN,
    "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm": LAST,
    "T1wT2wratio": LAST,
}


def planned(folder) -> list[tuple[str, str]]:
    """Return rule and participant of every job of a dry run; no participant for the group's."""
    text = run_demo(folder, "-n")
    jobs = re.findall(r"^(?:local)?rule (\w+):\n((?: {4}.*\n)+)", text, flags=re.M)
    found = []
    for rule, about in jobs:
        sub = re.search(r"wildcards: .*?sub=(sub-\w+)", about)
        found.append((rule, sub[1] if sub else ""))
    return found


@pytest.mark.parametrize("name", BY_HAND)
def test_what_follows_a_file_replaced_by_hand_is_made_again_and_only_that(
    demo_copy, name
):
    path = demo_copy / f"{ANAT}{name}.nii.gz"
    data, affine = images.load(path)
    changed = data.copy()
    changed.flat[np.flatnonzero(data)[:1]] += 1
    changed.flat[0] = 1 - min(data.flat[0], 1)
    path.unlink()
    images.save(changed, affine, path)

    jobs = planned(demo_copy)
    assert {rule for rule, sub in jobs if sub == PATIENT} == BY_HAND[name]
    assert {sub for _, sub in jobs} == {PATIENT, ""}, "nobody else"
    assert {rule for rule, sub in jobs if not sub} >= FOR_THE_GROUP
    assert not any(rule.startswith("simulate") for rule, _ in jobs)
