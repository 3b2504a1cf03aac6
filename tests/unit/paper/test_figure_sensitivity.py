"""The figure of sensitivity: z, bands and p values of hand-written variants."""

import pytest

from rt1t2.paper.figure_sensitivity import sensitivity_figure

GROUPS = {"HC": "Controls", "PSP": "Post-stroke pain", "PSPS2": "Spinal pain"}
VARIANTS = ("main", "mean_removed", "spatial_null", "leave_one_out")
EMPTY = dict.fromkeys(
    ("mean_fisher_z", "p", "fisher_z_low", "fisher_z_high", "p_high"), "n/a"
)
P = ("0.0004", "0.03", "n/a")


def rows():
    """Return three maps, two of one receptor, of two groups in the wrong order."""
    made = []
    for group in ("PSPS2", "PSP"):
        for variant in VARIANTS:
            for k, name in enumerate(("CB1_x", "D1_x", "D1_y")):
                row = {"group": group, "receptor": name[:-2], "map": name}
                row |= {"variant": variant, "n_participants": "5"} | EMPTY
                if variant == "leave_one_out":
                    row |= {"fisher_z_low": "-0.1", "fisher_z_high": "0.3"}
                    row |= {"p_high": "0.2"}
                else:
                    row |= {"mean_fisher_z": f"{0.1 * k}", "p": P[k]}
                made.append(row)
    return made


@pytest.fixture(scope="module")
def drawn():
    return sensitivity_figure(rows(), GROUPS, simulated=True)


def test_groups_in_the_order_of_the_config_and_maps_by_their_own_names(drawn):
    z_of_psp, _, z_of_psps2, _ = drawn.axes
    assert z_of_psp.get_title(loc="left") == "Post-stroke pain (n = 5)"
    assert z_of_psps2.get_title(loc="left") == "Spinal pain (n = 5)"
    names = [t.get_text() for t in z_of_psp.get_yticklabels()]
    assert names == ["CB1", "D1_x", "D1_y"]
    assert z_of_psp.yaxis_inverted()  # the first map is on top


def test_p_values_of_every_variant_with_the_worst_of_leaving_one_out(drawn):
    p_of_psp = drawn.axes[1]
    assert len(p_of_psp.texts) == 3 * 4
    printed = [t.get_text() for t in p_of_psp.texts]
    assert printed[:4] == ["<.001", "<.001", "<.001", ".200"]
    assert printed[4:8] == [".030", ".030", ".030", ".200"]
    assert printed[8:] == ["n/a", "n/a", "n/a", ".200"]
    headings = [t.get_text() for t in p_of_psp.get_xticklabels()]
    assert headings == ["main", "mean removed", "spatial null", "one left out: worst"]


def test_the_smaller_the_p_the_darker_its_cell(drawn):
    (image,) = drawn.axes[1].images
    p = image.get_array()
    assert p.mask[2, :3].all()  # n/a is left white

    def brightness(value):
        return sum(image.to_rgba(value)[:3])

    steps = [brightness(value) for value in (0.0004, 0.005, 0.03, 0.2)]
    assert steps == sorted(steps)
    assert len(set(steps)) == 4


def test_means_and_the_band_of_leaving_one_out(drawn):
    z_of_psp, _, z_of_psps2, _ = drawn.axes
    labels = [
        line.get_label() for line in z_of_psp.lines if line.get_marker() != "None"
    ]
    assert labels == ["main", "mean removed"]  # others have no z of their own
    (main,) = [line for line in z_of_psp.lines if line.get_label() == "main"]
    assert main.get_xdata() == pytest.approx([0, 0.1, 0.2])
    assert list(main.get_ydata()) == [0, 1, 2]
    bands = [(b.get_x(), b.get_width()) for b in z_of_psp.patches]
    assert bands == [pytest.approx((-0.1, 0.4))] * 3
    # one scale for both groups, with all of the band in it
    assert z_of_psp.get_xlim() == z_of_psps2.get_xlim() == pytest.approx((-0.12, 0.32))
