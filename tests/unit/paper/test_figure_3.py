"""Figure 3: radar, means with intervals, outlines, for numbers written by hand."""

import fabricated
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rt1t2.palette import group_colours
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import RegionMeans
from rt1t2.paper.figure_3 import gradient_figure
from rt1t2.paper.outlined_clusters import PAIR_COLOURS, OutlinedPair

SHAPE = (20, 24, 18)
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
AFFINE[:3, 3] = (-38, -50, -30)
GROUPS = fabricated.GROUPS
COLOURS = group_colours(GROUPS)
MEMBERS = ["PSP", "HC", "PSP", "HC", "PSPS2", "PSPS2"]
PERCENT = np.array([80.0, 99.0, 90.0, 101.0, 95.0, 105.0])
CORRELATIONS = [
    {"group": group, "map": f"simulated_{name}", "mean_fisher_z": z, "p_fdr": p}
    for group in ("PSP", "PSPS2")
    for name, z, p in (("CB1", "0.3", "0.01"), ("D1", "-0.1", "0.6"))
]


def figure(outlined, regions=None):
    template = np.ones(SHAPE, np.float32)
    template[[0, -1]] = 0
    return gradient_figure(
        CORRELATIONS,
        regions or [RegionMeans("PSP < HC\ncluster 1", PERCENT)],
        outlined,
        MEMBERS,
        GROUPS,
        "HC",
        template,
        Grid(SHAPE, AFFINE),
        simulated=False,
    )


@pytest.fixture(scope="module")
def clusters():
    labels = np.zeros(SHAPE, np.int32)
    labels[6:10, 8:12, 8:10] = 1
    return labels


@pytest.fixture(scope="module")
def outlined(clusters):
    none = np.zeros_like(clusters)
    first = OutlinedPair("PSP - HC", [(1, none), (-1, clusters)])
    return [first, OutlinedPair("PSPS2 - HC", [(1, none)])]


@pytest.fixture(scope="module")
def drawn(outlined):
    return figure(outlined)


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_radar_goes_around_by_map_and_fills_what_is_significant(drawn):
    radar = drawn.axes[0]
    assert radar.name == "polar"
    ticks = [t.get_text() for t in radar.get_xticklabels()]
    assert ticks == ["CB1", "D1"]  # what all names begin with is left out
    closed = [line for line in radar.lines if "(n = " in str(line.get_label())]
    assert len(closed) == 2
    for line in closed:
        assert line.get_xdata() == pytest.approx([0, np.pi, 0])
        assert line.get_ydata() == pytest.approx([0.3, -0.1, 0.3])
        assert line.get_color() == COLOURS[line.get_label().split(" ")[0]]
    marks = [line for line in radar.lines if len(line.get_xdata()) == 1]
    filled = [m.get_ydata()[0] for m in marks if m.get_markerfacecolor() != "white"]
    assert filled == [0.3, 0.3]
    low, high = radar.get_ylim()
    assert low == -high == pytest.approx(-0.345)  # 0 is a ring, not the middle


def test_means_by_group_with_the_t_interval_and_the_controls_first(drawn):
    means = drawn.axes[1]
    assert means.get_title(loc="left") == "PSP < HC\ncluster 1"
    names = [t.get_text() for t in means.get_xticklabels()]
    assert names == ["HC (2)", "PSP (2)", "PSPS2 (2)"]
    level, *rest = means.lines
    assert list(level.get_ydata()) == [100, 100]
    dots, bars, intervals = rest[::3], rest[1::3], rest[2::3]
    assert [list(d.get_ydata()) for d in dots] == [[99, 101], [80, 90], [95, 105]]
    assert [bar.get_ydata()[0] for bar in bars] == [100, 85, 100]
    half = [np.ptp(line.get_ydata()) / 2 for line in intervals]
    # t of 1 degree of freedom, 12.706, times SD / root 2 = half the difference
    assert half == pytest.approx([12.706, 12.706 * 5, 12.706 * 5], rel=1e-4)
    assert [d.get_color() for d in dots] == list(COLOURS.values())


def test_only_clusters_have_an_outline_and_a_name_in_colour(drawn):
    sagittal, *slices = drawn.axes[2:]
    outlined = [axes for axes in slices if axes.collections]
    assert "z = 2" in [axes.get_title(loc="center") for axes in outlined]
    heights = [line.get_ydata()[0] for line in sagittal.lines]
    assert len(heights) == len(slices)  # each slice is shown where it lies
    for axes in (sagittal, *outlined):
        (line,) = axes.collections
        assert line.get_edgecolor()[0][:3] == pytest.approx(
            [int(PAIR_COLOURS[0][i : i + 2], 16) / 255 for i in (1, 3, 5)]
        )
        assert line.get_linestyle()[0][1]  # dashed: lower in the group named first
    assert "PSP - HC" in words(drawn)
    assert "PSPS2 - HC: none" in words(drawn)
    assert "Mean ratio in the clusters" in words(drawn)
    assert any("inflates that" in text.replace("\n", " ") for text in words(drawn))


def test_left_and_right_are_on_every_axial_slice(drawn):
    for axes in drawn.axes[3:]:
        assert [text.get_text() for text in axes.texts] == ["L", "R"]


def test_what_is_higher_has_a_solid_outline(clusters):
    both = figure([OutlinedPair("PSP - HC", [(1, clusters), (-1, clusters)])])
    outlined = [axes for axes in both.axes[3:] if axes.collections]
    solid, dashed = (line.get_linestyle()[0][1] for line in outlined[0].collections)
    assert solid is None
    assert dashed


def test_without_a_cluster_it_says_so(outlined):
    regions = [RegionMeans("all analysed voxels", PERCENT)]
    text = words(figure(outlined[1:], regions))
    assert "Mean ratio, no cluster survived" in text
    assert not any("inflates" in line for line in text)


def test_long_names_of_maps_stay_inside_the_panel(outlined):
    long = [
        row | {"map": f"{row['map']}_of_a_very_long_name_with_no_end_{k % 2}"}
        for k, row in enumerate(CORRELATIONS)
    ]
    template = np.ones(SHAPE, np.float32)
    made = gradient_figure(
        long, [], outlined, MEMBERS, GROUPS, "HC", template, Grid(SHAPE, AFFINE), False
    )
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    for text in made.axes[0].get_xticklabels():
        low, high = text.get_window_extent().intervalx / made.bbox.width
        assert text.get_text()
        assert low >= 0
        assert high <= 0.49


def test_maps_with_a_negative_mean_are_drawn_in_their_own_units(outlined):
    values = np.array([-2.0, -1.0, -2.2, -1.1, -1.0, -0.9])
    drawn = figure(
        outlined, [RegionMeans("PSP < HC\ncluster 1", values, relative=False)]
    )
    means = drawn.axes[1]
    assert means.get_ylabel() == "mean of the maps' values"
    dots = means.lines[::3]
    assert [list(d.get_ydata()) for d in dots] == [[-1, -1.1], [-2, -2.2], [-1, -0.9]]


def test_without_a_contrast_it_says_so():
    template = np.ones(SHAPE, np.float32)
    made = gradient_figure(
        [], [], [], MEMBERS, GROUPS, "HC", template, Grid(SHAPE, AFFINE), False
    )
    assert "Mean ratio: no contrast was tested" in words(made)
