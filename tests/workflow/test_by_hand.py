"""A result that is replaced by hand: everything after it is made again, and only that.

One file of each of six patients, and one plan.
"""

import re

import numpy as np
import pytest

from rt1t2 import images

from .conftest import linked_copy, run_demo

ANAT = "results/derivatives/rt1t2/{sub}/anat/{sub}_"
FOR_THE_GROUP = {
    *("group_mask", "group_ttest", "group_evidence", "group_permutation"),
    *("group_error_rate", "group_leave_one_out", "group_clusters", "region_means"),
    *("receptor_correlations", "receptor_sensitivity", "figure_sensitivity"),
    *("qc_cohort", "qc_calibration", "qc_reliability", "table_2", "table_3"),
    *("methods", "methods_docx", "tables_docx", "report"),
    *("figure_1", "figure_2", "figure_3", "figure_design"),
}
LAST = {"region_values", "to_template", "smooth", "qc_participant"}
AFTER_BRAIN = {"reference_tissues", "normalise", "calibrate", "ratio_map", *LAST}
AFTER_FIELD = {"correct_bias", "segment", *AFTER_BRAIN}
# no controls: they set the scale of all
PATIENTS = ("sub-09", "sub-10", "sub-11", "sub-12", "sub-13", "sub-14")
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


def replace(path) -> None:
    """Write an image with two other values in its place."""
    data, affine = images.load(path)
    changed = data.copy()
    changed.flat[np.flatnonzero(data)[:1]] += 1
    changed.flat[0] = 1 - min(data.flat[0], 1)
    path.unlink()
    images.save(changed, affine, path)


@pytest.fixture(scope="module")
def jobs(demo, tmp_path_factory) -> list[tuple[str, str]]:
    """Return the plan of the demo in which one file of each patient was replaced."""
    copy = linked_copy(demo, tmp_path_factory.mktemp("by_hand") / "demo")
    for sub, name in zip(PATIENTS, BY_HAND, strict=True):
        replace(copy / f"{ANAT.format(sub=sub)}{name}.nii.gz")
    return planned(copy)


@pytest.mark.parametrize(("sub", "name"), zip(PATIENTS, BY_HAND, strict=True))
def test_what_follows_a_file_replaced_by_hand_is_made_again_and_only_that(
    jobs, sub, name
):
    assert {rule for rule, of in jobs if of == sub} == BY_HAND[name]


def test_nobody_else_is_made_again(jobs):
    assert {sub for _, sub in jobs} == {*PATIENTS, ""}
    assert {rule for rule, sub in jobs if not sub} >= FOR_THE_GROUP
    assert not any(rule.startswith("simulate") for rule, _ in jobs)
