"""Figure 1: what is written and drawn of every comparison."""

import numpy as np
import pytest

from rt1t2.geometry.volume import Volume
from rt1t2.paper.cluster_lines import (
    EFFECT,
    PEAK,
    PLACE,
    VOLUME,
    T,
    facts,
    nothing_found,
)
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.figure_1 import cluster_figure, details
from rt1t2.paper.pair_maps import SignedCluster, pair_maps
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.stat_slices import Frame

SHAPE = (26, 32, 26)
AFFINE = np.diag([6.0, 6.0, 6.0, 1.0])
AFFINE[:3, 3] = (-75, -110, -66)
GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain"}
SUMMARY = {"height_p": 0.001, "height_t": 3.4, "extent_voxels": 10}
SUMMARY |= {"n_plus": 8, "n_minus": 6}
MINUS = "\N{MINUS SIGN}"


def brain():
    """Return a T1w that is 1 in an ellipsoid and 0 outside."""
    axes = (np.linspace(-1.1, 1.1, n) for n in SHAPE)
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return Volume((x**2 + y**2 + z**2 < 1).astype(np.float32), AFFINE)


def comparison(n_clusters, both=True):
    """Return controls minus patients with clusters of one voxel, and no cluster beside it."""
    contrasts = [{"name": "HC-PSP", "plus": "HC", "minus": "PSP"}]
    if both:
        contrasts.append({"name": "PSP-HC", "plus": "PSP", "minus": "HC"})
    (pair,) = contrast_pairs(contrasts, list(GROUPS), "HC")
    labels, t = np.zeros(SHAPE), np.where(brain().data > 0, 1.0, np.nan)
    rows = []
    for number in range(1, n_clusters + 1):
        voxel = (9 + number, 14, 14)
        labels[voxel], t[voxel] = number, 7 - number
        x, y, z = (AFFINE @ [*voxel, 1])[:3]
        rows.append(
            {"cluster": f"{number}", "label": "Thalamus 80 %", "volume_mm3": "2940.0"}
            | {"peak_x_mm": f"{x}", "peak_y_mm": f"{y}", "peak_z_mm": f"{z}"}
            | {"peak_t": f"{7 - number}", "cluster_p_fwe": "0.0004", "hedges_g": "3.6"}
            | {"hedges_g_low": "1.9", "hedges_g_high": "5.7"}
        )
    tables = {"HC-PSP": rows, "PSP-HC": []}
    images = [Volume(labels, AFFINE)]
    return pair_maps(pair, Volume(t, AFFINE), images, tables, SUMMARY, "cluster_p_fwe")


def drawn(*shown):
    test = PRIMARY_TESTS["random_field_extent"]
    return cluster_figure(shown, brain(), GROUPS, False, test)


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_a_comparison_has_slices_glass_brains_cortex_and_a_bar():
    figure = drawn(comparison(1))
    flat = [axes for axes in figure.axes if axes.name != "3d"]
    assert len([axes for axes in figure.axes if axes.name == "3d"]) == 4
    assert all(
        collection.get_rasterized()
        for axes in figure.axes
        if axes.name == "3d"
        for collection in axes.collections
    )
    places = [text.get_text() for axes in flat for text in axes.texts]
    assert [text for text in places if "mm" in text] == [
        f"x = {MINUS}15 mm (L)",
        f"y = {MINUS}26 mm",
        "z = 18 mm",
    ]
    assert places.count("L") == places.count("R") == 3  # coronal, axial, axial glass
    text = words(figure)
    assert f"Post-stroke pain {MINUS} Controls" in text
    assert any("p(FWE)" in line for line in text)


def test_what_is_searched_for_is_written():
    assert details(comparison(0)).startswith("n = 6 and 8; outlined: p < 0.001 uncorr")
    assert "each direction, |t| > 3.40" in details(comparison(0))
    assert details(comparison(0)).endswith("\N{GREATER-THAN OR EQUAL TO} 2.16 ml")
    assert "one direction only" in details(comparison(0, both=False))


def test_facts_of_a_cluster_have_the_sign_of_the_map():
    written = facts(1, comparison(1).clusters[0])
    assert written[PLACE] == "1  Thalamus 80 %"
    assert written[PEAK] == "-15, -26, 18"
    assert (written[T], written[VOLUME]) == ("-6.00", "2.94")
    assert written[EFFECT] == "-3.6 [-5.7, -1.9]"
    row = {f"peak_{axis}_mm": "1" for axis in "xyz"}
    bare = SignedCluster(row | {"peak_t": "4", "volume_mm3": "8"}, 1)
    assert facts(2, bare)[PLACE] == "2"
    assert facts(2, bare)[EFFECT] == "n/a"


def test_without_a_cluster_it_says_where_the_slices_are():
    assert nothing_found(comparison(0)) == (
        "No cluster at this threshold. The slices go through the largest |t|, -1.00."
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_slice_shows_the_whole_brain_and_little_more(axis):
    frame = Frame.around(brain())
    inside = np.argwhere(brain().data > 0)
    low, high = (
        AFFINE[:3, :3] @ edge(inside, 0) + AFFINE[:3, 3] for edge in (np.min, np.max)
    )
    width, height = frame.size_mm(axis)
    across, up = ((1, 2), (0, 2), (0, 1))[axis]
    assert width == pytest.approx(high[across] - low[across] + 6)
    assert height == pytest.approx(high[up] - low[up] + 6)


def test_without_a_contrast_it_says_so():
    assert words(drawn()) == ["No contrast was tested."]
