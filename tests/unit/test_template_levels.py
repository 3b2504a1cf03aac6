import pytest

from rt1t2.signals import tissue_signals
from rt1t2.template import class_maps, head_images
from rt1t2.template_levels import template_landmarks


@pytest.fixture(scope="module")
def record(head):
    return template_landmarks(*head_images(head), class_maps(head), head.affine)


@pytest.mark.parametrize("name", ["csf", "fat", "temporalis"])
def test_levels_are_those_of_the_signal_equations(record, name):
    signals = tissue_signals()
    for index, image in enumerate(("t1w", "t2w")):
        wanted = signals[name][index] / signals["wm"][index]
        # voxels of 4 mm rarely hold CSF alone
        assert record["Classes"][name][image] == pytest.approx(wanted, rel=0.1), image
    assert record["participant_id"] == "template"
