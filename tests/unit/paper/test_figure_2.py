"""Figure 2: means, patients and stars stand where the tables say."""

import numpy as np
import pytest

from rt1t2.paper.figure_2 import _rho_ticks, correlation_figure

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Spinal pain"}
MAPS = ("CB1_x", "D1_x", "D1_y")


@pytest.fixture
def tables():
    """Return correlations and patients' z: two groups, three maps, two maps of D1."""
    rows, single = [], []
    for group, shift in (("PSP", 0.0), ("PSPS2", 0.1)):
        for k, name in enumerate(MAPS):
            z = [0.1 * k + shift, 0.2 * k + shift]
            rows.append(
                {"group": group, "receptor": name[:-2], "map": name}
                | {"n_participants": "2", "mean_fisher_z": f"{sum(z) / 2}"}
                | {"p_fdr": "0.01" if k == 2 else "0.5"}
            )
            single += [
                {"group": group, "map": name, "fisher_z": f"{value}"} for value in z
            ]
    return rows, single


@pytest.mark.parametrize("simulated", [True, False])
def test_what_a_reader_sees(tables, simulated):
    figure = correlation_figure(*tables, GROUPS, simulated)
    axes = figure.axes[0]
    assert ("simulated receptor maps" in figure.get_suptitle()) == simulated
    # two maps of one receptor go by their own names
    assert [t.get_text() for t in axes.get_xticklabels()] == ["CB1", "D1_x", "D1_y"]
    assert "Fisher z" in axes.get_ylabel()
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ["Post-stroke pain (n = 2)", "Spinal pain (n = 2)"]
    means = [line.get_ydata()[0] for line in axes.lines if line.get_marker() in "s^"]
    assert means == pytest.approx([0.0, 0.15, 0.3, 0.1, 0.25, 0.4])


def test_patients_stand_around_their_group_and_no_map_reaches_into_the_next(tables):
    axes = correlation_figure(*tables, GROUPS, False).axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "."]
    means = [line for line in axes.lines if line.get_marker() in ("s", "^")]
    for cloud, mean in zip(dots, means, strict=True):
        assert cloud.get_color() == mean.get_color()
        assert cloud.get_xdata().mean() == pytest.approx(mean.get_xdata()[0])
        column = round(mean.get_xdata()[0])
        assert np.abs(cloud.get_xdata() - column).max() < 0.5
    assert dots[-1].get_ydata() == pytest.approx([0.3, 0.5])


def test_a_star_stands_above_patients_and_interval_of_a_significant_group(tables):
    axes = correlation_figure(*tables, GROUPS, False).axes[0]
    assert [(t.get_text(), t.xy[1]) for t in axes.texts] == [
        ("*", pytest.approx(0.3 + 1.2706, rel=1e-4)),
        ("*", pytest.approx(0.4 + 1.2706, rel=1e-4)),
    ]
    assert all(round(t.xy[0]) == 2 for t in axes.texts)


def test_the_right_axis_is_rho(tables):
    figure = correlation_figure(*tables, GROUPS, False)
    figure.draw_without_rendering()
    left = figure.axes[0]
    (right,) = left.child_axes
    assert right.get_ylim() == pytest.approx(np.tanh(left.get_ylim()))


def test_the_bar_is_the_95_percent_interval_of_the_mean(tables):
    axes = correlation_figure(*tables, GROUPS, False).axes[0]
    bars = [line for line in axes.lines if line.get_linestyle() == "-"]
    (last,) = [
        bar.get_ydata()
        for bar in bars
        if bar.get_xdata()[0] == pytest.approx(2.2) and len(set(bar.get_xdata())) == 1
    ]
    # t of 1 degree of freedom, 12.706, times SD / root 2 = half the difference
    assert last == pytest.approx([0.4 - 1.2706, 0.4 + 1.2706], rel=1e-4)


def test_many_maps_take_more_than_one_row(tables):
    correlations, single = tables
    many = [
        [
            row | {"map": f"{row['map']}{i}", "receptor": f"r{i}"}
            for row in rows
            for i in range(12)
        ]
        if "receptor" in rows[0]
        else [row | {"map": f"{row['map']}{i}"} for row in rows for i in range(12)]
        for rows in (correlations, single)
    ]
    figure = correlation_figure(*many, GROUPS, False)
    first, second = figure.axes
    assert len(first.get_xticklabels()) == len(second.get_xticklabels()) == 18
    assert first.get_ylim() == second.get_ylim()
    assert first.get_xlim() == second.get_xlim()


@pytest.mark.parametrize(("low", "high"), [(-0.3, 0.5), (-2.5, 3.0), (-9.0, 9.0)])
def test_labels_of_rho_do_not_touch(low, high):
    rho = _rho_ticks(low, high)
    assert 0 in rho
    z = np.arctanh(rho)
    assert ((low <= z) & (z <= high)).all()
    assert np.diff(z).min(initial=np.inf) >= 0.06 * (high - low)
