"""Figure 1: which clusters are drawn, where, and in which range of t."""

import numpy as np

from rt1t2.paper import figure_1
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.figure_1 import ContrastClusters, cluster_figure
from rt1t2.paper.primary_test import PRIMARY_TESTS

SHAPE = (20, 24, 18)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
AFFINE[:3, 3] = (-38, -50, -30)
GRID = Grid(SHAPE, AFFINE)
SUMMARY = {"height_p": 0.001, "height_t": 3.4, "extent_voxels": 750}


def brain():
    """Return a T1w that is 1 in an ellipsoid and 0 outside."""
    axes = (np.linspace(-1.1, 1.1, n) for n in SHAPE)
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return (x**2 + y**2 + z**2 < 1).astype(np.float32)


def contrast(name, n_clusters, t=6.0):
    """Return a contrast with clusters of one voxel, side by side in x."""
    labels = np.zeros(SHAPE, np.int32)
    t_map = np.where(brain() > 0, 9.0, np.nan)  # high t, but below the extent
    rows = []
    for number in range(1, n_clusters + 1):
        voxel = (5 + number, 12, 9)
        labels[voxel], t_map[voxel] = number, t
        x, y, z = GRID.mm(voxel)
        rows.append(
            {"cluster": str(number), "label": "Thalamus 80 %", "volume_mm3": "64.0"}
            | {"peak_x_mm": f"{x}", "peak_y_mm": f"{y}", "peak_z_mm": f"{z}"}
            | {"peak_t": f"{t}", "cluster_p_fwe": "0.0004"}
        )
    return ContrastClusters(name, t_map, labels, rows, SUMMARY)


def drawn(*contrasts):
    return cluster_figure(
        contrasts, brain(), GRID, False, PRIMARY_TESTS["random_field_extent"]
    )


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_a_cluster_has_three_slices_through_its_peak():
    one = contrast("HC-PSP", 1)
    figure = drawn(one, contrast("PSP-HC", 0))
    *slices, bar = figure.axes
    peak = [float(one.rows[0][f"peak_{axis}_mm"]) for axis in "xyz"]
    assert len(slices) == 3
    for axis, axes in enumerate(slices):
        name = f"{'xyz'[axis]} = {peak[axis]:.0f}".replace("-", "\N{MINUS SIGN}")
        assert axes.get_title(loc="center") == name
        _, over = axes.images
        assert over.get_array().compressed().tolist() == [6]
        vertical, horizontal = axes.lines
        across, up = [v for i, v in enumerate(peak) if i != axis]
        assert vertical.get_xdata()[0] == across
        assert horizontal.get_ydata()[0] == up
    assert bar.get_xlabel() == "t"


def test_left_is_marked_where_left_and_right_are_seen():
    axial = drawn(contrast("HC-PSP", 1)).axes[2]
    assert [text.get_text() for text in axial.texts] == ["L", "R"]


def test_one_colour_scale_from_the_threshold_to_the_highest_t_in_a_cluster():
    figure = drawn(contrast("HC-PSP", 1, t=5.0), contrast("PSP-HC", 1, t=7.5))
    limits = {
        axes.images[1].get_clim() for axes in figure.axes if len(axes.images) == 2
    }
    assert limits == {(3.4, 7.5)}
    assert tuple(figure.axes[-1].images[0].get_extent()[:2]) == (3.4, 7.5)


def test_more_clusters_than_have_room_are_counted_not_drawn():
    figure = drawn(contrast("HC-PSP", 8))
    assert len(figure.axes) == 3 * 6 + 1
    assert any(text.endswith("; the first 6 are shown") for text in words(figure))
    assert any(text.startswith("8 clusters at p < 0.001") for text in words(figure))


def test_without_any_cluster_there_is_no_colour_bar():
    figure = drawn(contrast("HC-PSP", 0))
    assert not figure.axes
    assert figure.get_figheight() < 1.5


def test_facts_of_a_cluster():
    text = words(drawn(contrast("HC-PSP", 1)))
    assert "1  Thalamus 80 %" in text
    (facts,) = [line for line in text if line.startswith("peak t")]
    x = "\N{MINUS SIGN}14"  # -38 + 6 * 4
    assert facts == f"peak t = 6.00 at {x}, \N{MINUS SIGN}2, 6 mm; 0.06 ml; " + (
        "p(FWE) < 0.001"
    )


def test_sentence_for_a_contrast_without_clusters():
    empty = np.zeros((2, 2, 2))
    text = figure_1._sentence(ContrastClusters("A-B", empty, empty, [], SUMMARY))
    assert text.startswith("no cluster survived p < 0.001")
    assert text.endswith("750 voxels")


def test_a_long_label_is_cut_with_an_ellipsis():
    assert figure_1._short("abcdef", 6) == "abcdef"
    assert figure_1._short("abcdefg", 6) == "abcde\N{HORIZONTAL ELLIPSIS}"
