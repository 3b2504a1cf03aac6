"""Pictures of the participant's page: planted faults are seen where they are."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from rt1t2.qc import image_panels, mosaics
from rt1t2.qc.page_parts import css

SHAPE = (48, 56, 44)
RADIUS = np.linalg.norm(np.indices(SHAPE).T - np.array(SHAPE) / 2, axis=-1).T
BRAIN = RADIUS < 20
WM = np.where(RADIUS < 14, 1.0, 0.0)
GM = np.where(BRAIN, 1 - WM, 0)
T1W = np.where(BRAIN, 100 + 100 * WM, 0).astype(np.float32)
T2W = np.where(BRAIN, 200 - 100 * WM, 0).astype(np.float32)


def pixels(uri):
    """Return a picture as an integer array (rows, columns, RGB)."""
    data = base64.b64decode(uri.split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def near(picture, colour, tolerance=60):
    """Return where a picture has a colour, as far as JPEG keeps it."""
    return np.abs(picture - np.array(colour)).sum(axis=2) < tolerance


def columns(mask):
    """Return the first and the last column with a true pixel."""
    found = np.flatnonzero(mask.any(axis=0))
    return found[0], found[-1]


def test_series_are_all_listed_and_empty_columns_left_out():
    rows = [
        {"series": "2", "description": "MPRAGE", "used": "T1w", "echo": "n/a"},
        {"series": "3", "description": "localizer", "used": "n/a", "echo": "n/a"},
    ]
    (table,) = image_panels.series_panel(rows).tables
    assert table.columns == ["series", "description", "used"]
    assert table.rows == [["2", "MPRAGE", "T1w"], ["3", "localizer", "n/a"]]
    (nothing,) = image_panels.series_panel([]).tables
    assert not nothing.rows


def test_head_is_what_is_not_air():
    noisy = T1W + np.random.default_rng(0).uniform(0, 5, SHAPE)
    assert (image_panels.head_support(noisy) == BRAIN).all()


def test_a_transmit_field_is_in_fixed_colours_in_the_brain_and_the_t1w_around_it():
    x = np.linspace(-1, 1, SHAPE[0])[:, None, None]
    field = np.broadcast_to(1 + 0.4 * x, SHAPE)
    head = np.where(RADIUS < 24, 80, 0) + T1W
    images = {"T1w": head, "T2w": T2W}

    def panel(of_who):
        return image_panels.bias_panel(images, images, BRAIN, WM, {}, transmit=of_who)

    measured = panel(image_panels.Transmit(field, BRAIN))
    assert len(panel(None).pictures) == 1
    assert measured.good.startswith(panel(None).good)
    assert "smooth" in measured.good.removeprefix(panel(None).good)
    _, picture = measured.pictures
    assert picture.bar == ("70 %", "130 %")
    shown, t1w = pixels(picture.uri), pixels(picture.other_uri)
    height = shown.shape[0] // 2  # the first row: axial slices, left on the left
    tile = shown[:height, : shown.shape[1] // 6]
    low, high = (tuple(mosaics.RATIO_COLOURS[n].astype(int)) for n in (0, -1))
    middle = tile.shape[1] / 2
    assert np.median(np.nonzero(near(tile, low, 40))[1]) < middle - 20
    assert np.median(np.nonzero(near(tile, high, 40))[1]) > middle + 20
    beyond = np.abs(t1w - shown).sum(axis=2) > 60
    assert beyond.any()
    assert (np.ptp(t1w, axis=2) < 12).all(), "the T1w is grey"
    assert not beyond[:, :8].any(), "beside the brain it is the T1w's"


def test_bias_is_seen_in_the_rows_before_and_gone_in_those_after():
    x = np.linspace(-1, 1, SHAPE[0])[:, None, None]
    field = np.exp(0.4 * x)
    panel = image_panels.bias_panel(
        {"T1w": T1W * field, "T2w": T2W / field},
        {"T1w": T1W, "T2w": T2W},
        BRAIN,
        WM,
        {"Method": "joint", "FieldSD": {"T2w": 0.21, "T1w": 0.2}},
    )
    assert panel.measured == [
        "Method: joint.",
        "SD of the log field, T1w: 0.200.",
        "SD of the log field, T2w: 0.210.",
    ]
    rows = np.array_split(pixels(panel.pictures[0].uri)[..., 1], 4)
    sides = []
    for row in rows:
        tile = row[:, : row.shape[1] // 6]  # the first of six slices
        half = tile.shape[1] // 2
        quarter = tile.shape[1] // 4
        left, right = tile[:, quarter:half], tile[:, half : half + quarter]
        sides.append(right[right > 40].mean() / left[left > 40].mean())
    assert sides[0] > 1.1  # the right side of the T1w is brighter
    assert sides[2] < 0.9
    assert sides[1] == pytest.approx(1, abs=0.05)
    assert sides[3] == pytest.approx(1, abs=0.05)


def test_a_shifted_t2w_has_its_yellow_edges_beside_the_t1w():
    shift = 6
    moved = np.roll(T2W, shift, axis=0)
    measured = {"TranslationMm": [3.0, 0.0, 4.0], "RotationDeg": 1.5}
    measured |= {"T2wBrainCoverage": 0.964}
    widths = []
    for t2w in (T2W, moved):
        panel = image_panels.registration_panel(T1W, t2w, BRAIN, measured)
        tile = pixels(panel.pictures[0].uri)[:, :240]  # the first of five slices
        widths.append(columns(near(tile, mosaics.YELLOW, 150)))
    px_per_voxel = mosaics.layout(BRAIN, [[2, 2, 2, 1, 0]], margin=6).px_per_voxel
    assert widths[1][1] - widths[0][1] == pytest.approx(shift * px_per_voxel, abs=4)
    assert panel.measured == [
        "Shift 5.00 mm, rotation 1.50\N{DEGREE SIGN}, the T2w covers 96.4 % of the brain."
    ]
    assert panel.pictures[0].other_uri != panel.pictures[0].uri


def test_where_the_t2w_has_no_data_the_t1w_is_tinted():
    cut = T2W.copy()
    cut[:20] = np.nan  # the left side
    tinted = []
    for t2w in (T2W, cut):
        panel = image_panels.registration_panel(T1W, t2w, BRAIN, {})
        tile = pixels(panel.pictures[0].uri)[:, :240]
        tinted.append((tile[..., 0] - tile[..., 1] > 25) & (tile[..., 2] > 60))
    assert tinted[0].sum() < 0.1 * tinted[1].sum()  # smeared by JPEG
    left, right = tinted[1][:, :110].sum(), tinted[1][:, 130:].sum()
    assert right < 0.1 * left


@pytest.mark.parametrize("lesioned", [True, False])
def test_outlines_run_where_the_tissues_end(lesioned):
    lesion = np.zeros(SHAPE, bool)
    lesion[28:34, 25:31, 18:26] = lesioned
    gm = (RADIUS >= 15) & (RADIUS < 18)
    panel = image_panels.tissue_panel(T1W, BRAIN, gm, WM, lesion)
    (shown,) = panel.pictures
    picture = pixels(shown.uri)
    where = mosaics.layout(BRAIN, [[2] * 6, [1, 1, 1, 0, 0, 0]], margin=4)
    middle = np.s_[: where.row_heights[0], 3 * (where.tile_width + mosaics.GAP_PX) :]
    tile = picture[middle][:, : where.tile_width]
    red = columns(near(tile, mosaics.RED, 150))
    cyan = columns(near(tile, mosaics.CYAN, 200))
    assert red[0] < cyan[0] < cyan[1] < red[1]
    assert red[1] - red[0] == pytest.approx(2 * 20 * where.px_per_voxel, rel=0.1)
    assert cyan[1] - cyan[0] == pytest.approx(2 * 14 * where.px_per_voxel, rel=0.1)
    magenta = near(picture, mosaics.MAGENTA, 100)
    assert magenta.any() == lesioned
    names = [name for _, name in shown.key]
    assert ("lesion (no ratio)" in names) == lesioned


def ratio(hole=False):
    found = np.where(BRAIN, 1 + WM, np.nan)
    if hole:
        found[20:28, 24:32, 18:26] = np.nan
    return found


@pytest.mark.parametrize("hole", [True, False])
def test_a_voxel_without_a_ratio_is_magenta_and_counted(hole):
    panel = image_panels.ratio_panel(
        ratio(hole), BRAIN, 3.2, True, {"ExcludedVoxels": {"LowDenominator": 1234}}
    )
    (shown,) = panel.pictures
    assert near(pixels(shown.uri), mosaics.MAGENTA).any() == hole
    assert panel.measured == ["Low denominator: 1,234 voxels."]
    assert shown.bar == ("0", "3.2")
    assert "fixed for the cohort" in panel.good
    own = image_panels.ratio_panel(ratio(hole), BRAIN, 3.2, False, {})
    assert "this participant's own" in own.good


def test_thumbnail_is_black_outside_and_has_the_scales_colours_inside():
    picture = image_panels.thumbnail(ratio(), BRAIN, 2.0)
    assert picture.shape[1] <= 420
    assert (picture[0, 0] == 0).all()
    white, grey = (mosaics.colours(np.full((1, 1), v), 0, 2.0)[0, 0] for v in (2, 1))
    where = mosaics.layout(BRAIN, [[2, 2, 1, 0]], width_px=420)
    middle = picture[where.row_heights[0] // 2]
    assert (middle[where.tile_width // 2] == white).all()
    assert (picture.reshape(-1, 3) == grey).all(axis=1).any()
    undefined = image_panels.thumbnail(ratio(hole=True), BRAIN, 2.0)
    assert (undefined == mosaics.MAGENTA).all(axis=2).any()


def test_the_template_lies_under_the_warped_t1w_with_the_same_lines():
    template = {"brain": BRAIN, "gm": GM, "wm": WM}
    fit = {"DiceGM": 0.823, "JacobianP0_1": 0.31, "FoldedVoxels": 0}
    panel = image_panels.template_panel(T1W, 3 * T1W, template, fit)
    assert panel.measured == [
        *("Dice GM 0.823.", "Dice WM n/a.", "Cross correlation n/a."),
        *("Jacobian p0.1 0.310.", "Jacobian p99.9 n/a.", "Folded voxels 0."),
    ]
    (shown,) = panel.pictures
    # each is scaled to its own brightness, so that a factor makes no difference
    assert shown.uri == shown.other_uri
    empty = image_panels.template_panel(0 * T1W, T1W, template, fit).pictures[0]
    warped, under = pixels(empty.uri), pixels(empty.other_uri)
    assert near(warped, mosaics.RED, 150).sum() > 500
    lines = near(under, mosaics.RED, 150) & near(warped, mosaics.RED, 150)
    assert lines.sum() > 0.8 * near(warped, mosaics.RED, 150).sum()
    assert under.mean() > 2 * warped.mean()


def test_smoothing_is_shown_beside_what_it_smoothed():
    panel = image_panels.mni_ratio_panel(ratio(hole=True), ratio(), BRAIN, 2.0, {})
    before, after = panel.pictures
    assert near(pixels(before.uri), mosaics.MAGENTA).any()
    assert not near(pixels(after.uri), mosaics.MAGENTA).any()
    assert before.key == after.key == [(css(mosaics.MAGENTA), "no data")]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("OutsideT2wFieldOfView", "Outside T2w field of view"),
        ("DiceGM", "Dice GM"),
        ("JacobianP99_9", "Jacobian p99.9"),
    ],
)
def test_keys_of_records_in_words(key, text):
    assert image_panels._words(key) == text


def test_what_is_good_depends_on_how_edges_were_smoothed():
    images = ratio(), ratio(), BRAIN, 2.0
    zero_fill = {"SmoothingEdges": "zero_fill"}
    assert "does not fade" in image_panels.mni_ratio_panel(*images, {}).good
    assert "fades towards" in image_panels.mni_ratio_panel(*images, zero_fill).good


SKULL = (RADIUS >= 20) & (RADIUS < 21.5)
HEAD_T1W = np.where(RADIUS < 23, 60, T1W + 0.0).astype(np.float32)
HEAD_T1W[BRAIN], HEAD_T1W[SKULL] = T1W[BRAIN], 5
CUT = BRAIN & (np.indices(SHAPE)[1] < 40)  # the front is lost


def brightest(uri):
    """Return how much of a picture is as bright as the lost front of the brain."""
    return near(pixels(uri), (255, 255, 255), 120).sum()


@pytest.mark.parametrize("panel", ["tissue", "registration", "template"])
def test_brain_that_a_mask_lost_is_in_the_picture(panel):
    lost = HEAD_T1W.copy()
    lost[BRAIN & ~CUT] = 1000  # nothing else is white
    none = np.zeros(SHAPE, bool)

    def drawn(t1w):
        if panel == "tissue":
            return image_panels.tissue_panel(t1w, CUT, GM, WM, none)
        if panel == "registration":
            return image_panels.registration_panel(t1w, T2W, CUT, {})
        template = {"brain": CUT, "gm": GM, "wm": WM}
        return image_panels.template_panel(t1w, T1W, template, {})

    assert (
        brightest(drawn(lost).pictures[0].uri)
        > brightest(drawn(HEAD_T1W).pictures[0].uri) + 5 * 40
    )


def test_the_head_is_shown_up_to_its_surface_and_without_the_neck():
    around = image_panels.head_around(BRAIN, HEAD_T1W)
    assert around.sum() > BRAIN.sum()
    assert (around & (RADIUS >= 23)).sum() == 0
    tall = np.zeros((48, 56, 120), np.float32)
    tall[10:38, 10:46, :] = 100  # a neck all the way down
    brain = np.zeros(tall.shape, bool)
    brain[10:38, 10:46, 80:115] = True
    shown = np.flatnonzero(image_panels.head_around(brain, tall).any(axis=(0, 1)))
    assert shown[0] == 80 - 7
    assert shown[-1] == 119


def test_deep_nuclei_are_shown_close_up_with_the_templates_outline():
    deep = (RADIUS < 6).astype(np.float32)
    template = {"brain": BRAIN, "gm": GM, "wm": WM, "deep": deep}
    _, close = image_panels.template_panel(T1W, 3 * T1W, template, {}).pictures
    line = near(pixels(close.uri), mosaics.YELLOW, 150)
    tile = line[:, :236]
    first, last = columns(tile)
    where = mosaics.layout(deep > 0.5, [[2] * 5], margin=image_panels.MARGIN)
    assert last - first == pytest.approx(2 * 6 * where.px_per_voxel, rel=0.15)
    assert "deep nuclei" in close.key[0][1]
    without = image_panels.template_panel(T1W, T1W, template | {"deep": 0 * deep}, {})
    assert len(without.pictures) == 1
