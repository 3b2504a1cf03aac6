"""What is written of a cluster: see also test_figure_1.py."""

from rt1t2.paper.cluster_lines import EFFECT, PLACE, facts
from rt1t2.paper.pair_maps import SignedCluster

ROW = {f"peak_{axis}_mm": "1" for axis in "xyz"} | {"peak_t": "4", "volume_mm3": "8"}


def test_the_effect_size_is_that_of_the_contrast():
    row = ROW | {"partial_r": "0.61", "partial_r_low": "0.2", "partial_r_high": "0.8"}
    assert SignedCluster(row, 1).measure == "partial_r"
    assert facts(1, SignedCluster(row, -1))[EFFECT] == "-0.61 [-0.80, -0.20]"


def test_what_is_not_known_is_not_written():
    written = facts(2, SignedCluster(ROW, 1))
    assert written[PLACE] == "2"
    assert written[EFFECT] == "n/a"
