"""The same maps stored in other ways: the same tables and figures, and left stays left."""

import nibabel as nib
import numpy as np
import pytest
from group_chain import draw_figure_1, draw_figure_3, run_chain
from PIL import Image
from scipy import ndimage

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.qc.cohort_page import CohortMaps

SHAPE = (30, 34, 28)
AFFINE = np.diag([3.0, 3, 3, 1])
AFFINE[:3, 3] = (-45, -51, -42)
PLANTED = (7, 17, 14)  # x = -24 mm: left
ROWS = [
    {"participant_id": f"sub-{i:02d}", "group": group, "age": f"{50 + 3 * i % 20}"}
    for i, group in enumerate("AAAAAABBBBBBB")
]


def brain_mask():
    x, y, z = np.indices(SHAPE)
    return (((x - 15) / 12) ** 2 + ((y - 17) / 14) ** 2 + ((z - 14) / 11) ** 2) < 1


def smooth_maps():
    """Return maps of 13 people; those of A are higher left of the midline."""
    rng = np.random.default_rng(3)
    ball = np.linalg.norm(np.indices(SHAPE).T - PLANTED, axis=-1).T < 4
    for row in ROWS:
        noise = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.5)
        data = 1 + 0.1 * noise / noise.std() + 0.4 * ball * (row["group"] == "A")
        yield np.where(brain_mask(), data, np.nan).astype(np.float32)


def turned(axes):
    def store(data):
        image = nib.Nifti1Image(data, AFFINE)
        wanted = nib.orientations.axcodes2ornt(axes)
        return image.as_reoriented(
            nib.orientations.ornt_transform(nib.io_orientation(AFFINE), wanted)
        )

    return store


def cropped(data):
    return nib.Nifti1Image(data, AFFINE).slicer[2:28, 2:32, 2:26]


def integers(data):
    image = nib.Nifti1Image(np.nan_to_num(data), AFFINE, dtype=np.int16)
    image.header.set_data_dtype(np.int16)
    return image


STORED = {
    "RAS": turned("RAS"),
    "LAS": turned("LAS"),
    "LPI": turned("LPI"),
    "PSR": turned("PSR"),
    "cropped": cropped,
    "int16": integers,
    "4D": lambda data: nib.Nifti1Image(data[..., None], AFFINE),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Write a T1w of 2 mm on another grid than the maps; return it and the brain mask."""
    folder = tmp_path_factory.mktemp("template")
    affine = np.diag([2.0, 2, 2, 1])
    affine[:3, 3] = (-50, -60, -50)
    grid = Volume(np.zeros((51, 61, 51)), affine)
    brain = Volume(brain_mask(), AFFINE).nearest_on(grid, outside=0)
    brain.save(folder / "T1w.nii.gz", {})
    images.save(brain_mask(), AFFINE, folder / "brain.nii.gz")
    return str(folder / "T1w.nii.gz"), str(folder / "brain.nii.gz")


@pytest.fixture(scope="module")
def stored(tmp_path_factory, script_main, template):
    """Analyse the maps of every way to store them; return tables and figures by way."""
    found = {}
    for name, store in STORED.items():
        folder = tmp_path_factory.mktemp(name)
        paths = []
        for row, data in zip(ROWS, smooth_maps(), strict=True):
            paths.append(str(folder / f"{row['participant_id']}.nii.gz"))
            nib.save(store(data), paths[-1])
        at = run_chain(
            script_main,
            folder / "out",
            paths,
            ROWS,
            template[1],
            covariates=["age"],
            permutations=9,
        )
        draw_figure_1(script_main, at, template[0])
        draw_figure_3(script_main, at, template[0], paths, ROWS)
        found[name] = at
    return found


def table_of(at, name):
    """Return the cells of a table as floats where they are numbers."""
    return [
        {key: np.nan if value == "n/a" else float(value) for key, value in row.items()}
        for row in (
            {k: v for k, v in row.items() if k != "label"} for row in at.rows(name)
        )
    ]


@pytest.mark.parametrize("way", [name for name in STORED if name != "RAS"])
def test_another_way_to_store_the_maps_gives_the_same_tables(stored, way):
    # 16 bits hold a value to 1e-5 of the range, and t follows it
    tolerance = 2e-3 if way == "int16" else 1e-9
    for name in ("clusters.tsv", "peaks.tsv"):
        expected, found = (table_of(stored[w], name) for w in ("RAS", way))
        assert len(expected) == len(found) > 0
        for row, other in zip(expected, found, strict=True):
            for column, value in row.items():
                assert other[column] == pytest.approx(
                    value, rel=tolerance, abs=tolerance, nan_ok=True
                ), column


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.mark.parametrize("way", [name for name in STORED if name != "RAS"])
@pytest.mark.parametrize("figure", ["figure_1.png", "figure_3.png"])
def test_another_way_to_store_the_maps_gives_the_same_figures(stored, way, figure):
    expected, found = (pixels(stored[w](figure)) for w in ("RAS", way))
    assert expected.shape == found.shape
    different = (np.abs(expected - found).max(axis=-1) > 8).mean()
    # rounded values; the edge of a smaller field of view in nilearn's resampling
    tolerance = {("int16", figure): 1e-3, ("cropped", "figure_1.png"): 3e-3}
    assert different <= tolerance.get((way, figure), 0)


def coloured(picture):
    """Tell which pixels are as red as the overlay of t."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    return (red > 120) & (red - blue > 60) & (red - green > 10)


@pytest.mark.parametrize("way", STORED)
def test_an_effect_planted_left_is_left_in_tables_and_figures(stored, way):
    at = stored[way]
    (row,) = at.rows("clusters.tsv")
    assert float(row["peak_x_mm"]) == pytest.approx(-24, abs=12)
    assert float(row["cog_x_mm"]) == pytest.approx(-24, abs=3)
    picture = pixels(at("figure_1.png"))
    height, width = picture.shape[:2]
    # figure_1.py: the axial slice is the third of the first column
    axial = picture[: int(0.7 * height), int(0.35 * width) : int(0.485 * width)]
    red = np.flatnonzero(coloured(axial).any(axis=0))
    grey = (np.ptp(axial, axis=-1) < 12) & (axial.max(axis=-1) < 235)
    brain = np.flatnonzero(grey.sum(axis=0) > 0.1 * height)
    assert red.size > 5
    assert brain[0] < red.mean() < red.max() < (brain[0] + brain[-1]) / 2
    # outlined_clusters.py: a sagittal slice, then axial ones, below the key; the first
    # comparison is yellow
    outlines = pixels(at("figure_3.png"))
    panel = outlines[int(0.79 * len(outlines)) :]
    red, green, blue = np.moveaxis(panel, -1, 0)
    yellow = ((red > 220) & (abs(green - 176) < 30) & (blue < 60)).any(axis=0)
    inked = (panel.max(axis=-1) < 235).sum(axis=0) > 0.1 * len(panel)
    slices, n = ndimage.label(inked)
    assert n >= 4
    assert yellow[slices > 1].sum() > 20
    for columns in ndimage.find_objects(slices)[1:]:
        within = np.flatnonzero(yellow[columns])
        assert within.size > 5
        assert within.max() < inked[columns].size / 2


def test_counts_are_carried_to_the_template(template):
    affine = np.diag([-4.0, 4, 4, 1])
    affine[:3, 3] = (48, -52, -44)
    counts = np.zeros((25, 27, 22))
    counts[18, 13, 11] = 3  # x = 48 - 72 = -24
    template_t1w = Volume.load(template[0])
    maps = CohortMaps.on_template(
        template_t1w, Volume(counts, affine), Volume(counts * 0, affine)
    )
    voxels = np.argwhere(maps.n == 3)
    where = (
        voxels.mean(axis=0) @ template_t1w.affine[:3, :3] + template_t1w.affine[:3, 3]
    )
    assert where == pytest.approx([-24, 0, 0], abs=1.01)
    assert (2 * 2 * 2) * len(voxels) == pytest.approx(64, rel=0.7)
