"""Figure 3: radar, means with intervals, outlines, for numbers written by hand."""

import fabricated
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rt1t2.palette import group_colours
from rt1t2.paper.brain_slices import Grid
from rt1t2.paper.cluster_means import RegionMeans
from rt1t2.paper.figure_3 import CONTRAST_COLOURS, gradient_figure

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


def figure(labels, regions=None):
    template = np.ones(SHAPE, np.float32)
    template[[0, -1]] = 0
    return gradient_figure(
        CORRELATIONS,
        regions or [RegionMeans("HC-PSP\ncluster 1", PERCENT)],
        labels,
        MEMBERS,
        GROUPS,
        "HC",
        template,
        Grid(SHAPE, AFFINE),
        simulated=False,
    )


@pytest.fixture(scope="module")
def labels():
    first, none = np.zeros((2, *SHAPE), np.int32)
    first[6:10, 8:12, 8:10] = 1
    return {"HC-PSP": first, "PSP-HC": none}


@pytest.fixture(scope="module")
def drawn(labels):
    return figure(labels)


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_radar_goes_around_by_map_and_fills_what_is_significant(drawn):
    radar = drawn.axes[0]
    assert radar.name == "polar"
    ticks = [t.get_text() for t in radar.get_xticklabels()]
    assert ticks == ["CB1", "D1"]  # what all names begin with is left out
    closed = [line for line in radar.lines if line.get_label() in GROUPS]
    for line in closed:
        assert line.get_xdata() == pytest.approx([0, np.pi, 0])
        assert line.get_ydata() == pytest.approx([0.3, -0.1, 0.3])
        assert line.get_color() == COLOURS[line.get_label()]
    marks = [line for line in radar.lines if len(line.get_xdata()) == 1]
    filled = [m.get_ydata()[0] for m in marks if m.get_markerfacecolor() != "white"]
    assert filled == [0.3, 0.3]
    low, high = radar.get_ylim()
    assert low == -high == pytest.approx(-0.345)  # 0 is a ring, not the middle


def test_means_by_group_with_the_t_interval_and_the_controls_first(drawn):
    means = drawn.axes[1]
    assert means.get_title(loc="left") == "HC-PSP\ncluster 1"
    assert [t.get_text() for t in means.get_xticklabels()] == ["HC", "PSP", "PSPS2"]
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
    slices = drawn.axes[2:]
    assert len(slices) == 8
    outlined = [axes for axes in slices if axes.collections]
    assert len(outlined) == 1  # clusters 8 mm high, slices further apart
    assert outlined[0].get_title(loc="center") == "z = 2"  # -30 + 8 * 4
    (line,) = outlined[0].collections
    assert line.get_edgecolor()[0][:3] == pytest.approx(
        [int(CONTRAST_COLOURS[0][i : i + 2], 16) / 255 for i in (1, 3, 5)]
    )
    assert "HC-PSP" in words(drawn)
    assert "PSP-HC: none" in words(drawn)
    assert "Mean ratio in the clusters" in words(drawn)
    assert any("inflates that difference" in text for text in words(drawn))


def test_outlines_of_later_contrasts_are_dashed(labels):
    both = figure({"HC-PSP": labels["HC-PSP"], "PSP-HC": labels["HC-PSP"]})
    (axes,) = [axes for axes in both.axes[2:] if axes.collections]
    solid, dashed = (line.get_linestyle()[0][1] for line in axes.collections)
    assert solid is None
    assert dashed


def test_without_a_cluster_it_says_so(labels):
    regions = [RegionMeans("all analysed voxels", PERCENT)]
    text = words(figure({"PSP-HC": labels["PSP-HC"]}, regions))
    assert "Mean ratio, no cluster survived" in text
    assert not any("inflates" in line for line in text)


def test_long_names_of_maps_stay_inside_the_panel(labels):
    long = [
        row | {"map": f"{row['map']}_of_a_very_long_name_with_no_end_{k % 2}"}
        for k, row in enumerate(CORRELATIONS)
    ]
    template = np.ones(SHAPE, np.float32)
    made = gradient_figure(
        long, [], labels, MEMBERS, GROUPS, "HC", template, Grid(SHAPE, AFFINE), False
    )
    canvas = FigureCanvasAgg(made)
    canvas.draw()
    for text in made.axes[0].get_xticklabels():
        low, high = text.get_window_extent().intervalx / made.bbox.width
        assert text.get_text()
        assert low >= 0
        assert high <= 0.49


def test_maps_with_a_negative_mean_are_drawn_in_their_own_units(labels):
    values = np.array([-2.0, -1.0, -2.2, -1.1, -1.0, -0.9])
    drawn = figure(labels, [RegionMeans("HC-PSP\ncluster 1", values, relative=False)])
    means = drawn.axes[1]
    assert means.get_ylabel() == "mean of the maps' values"
    dots = means.lines[::3]
    assert [list(d.get_ydata()) for d in dots] == [[-1, -1.1], [-2, -2.2], [-1, -0.9]]


def test_without_a_contrast_it_says_so():
    template = np.ones(SHAPE, np.float32)
    made = gradient_figure(
        [], [], {}, MEMBERS, GROUPS, "HC", template, Grid(SHAPE, AFFINE), False
    )
    assert "Mean ratio: no contrast was tested" in words(made)
