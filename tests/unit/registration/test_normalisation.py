import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.displacement import source_voxels
from rt1t2.geometry.transforms import from_parameters
from rt1t2.registration import normalisation
from rt1t2.template.brain_and_head import brain_maps, icbm152


@pytest.fixture(scope="module")
def template():
    return brain_maps(*icbm152(), 4.0)


@pytest.fixture(scope="module")
def person(head, scan):
    """GM, WM and CSF of the simulated person on the T1w grid, as they truly are."""
    parts = {
        "GM": ("gm", "striatum"),
        "WM": ("wm", "stem", "thalamus", "pallidum"),
        "CSF": ("csf",),
    }
    brain = scan.sample(head.brain.astype(np.float32)) > 0.5
    return {
        name: scan.sample(sum(head.fractions[p] for p in tissues)) * brain
        for name, tissues in parts.items()
    } | {"brain": brain}


def tissue_contrast(gm, wm, csf):
    return (0.6 * gm + wm + 0.15 * csf).astype(np.float32)


def mean_error_mm(way, template, scan):
    """Follow template points to the T1w and back by the true way."""
    voxels = source_voxels(
        way.displacement,
        way.grid,
        way.affine,
        scan.t1w_affine,
        template.affine,
        template.mask.shape,
    )[:, template.mask]
    truth = scan.warp.to_template(scan.t1w_affine, voxels)
    points = np.argwhere(template.mask) @ template.affine[:3, :3].T
    return np.linalg.norm(truth.T - points - template.affine[:3, 3], axis=1).mean()


@pytest.fixture(scope="module")
def found(template, person, scan):
    fluid = np.clip(template.mask - template.gm - template.wm, 0, 1)
    maps = {
        "template": tissue_contrast(template.gm, template.wm, fluid),
        "person": tissue_contrast(*(person[n] for n in ("GM", "WM", "CSF"))),
    }
    off = from_parameters([3, -4, 2, 2, -3, 3], np.zeros(3))
    way = normalisation.normalise(
        maps["template"],
        template.mask,
        template.affine,
        maps["person"],
        scan.t1w_affine,
        np.linalg.inv(scan.world_to_template) @ off,
        estimate_mm=4.0,
    )
    return way, maps


def test_template_points_arrive_where_they_truly_are(found, template, scan):
    way, _ = found
    still = normalisation.Normalisation(
        way.affine, np.zeros_like(way.displacement), way.grid
    )
    assert mean_error_mm(way, template, scan) < 0.7 * mean_error_mm(
        still, template, scan
    )
    assert mean_error_mm(way, template, scan) < 2.5  # voxels of 4 mm


def test_metrics_of_a_good_fit(found, template, person, scan):
    way, maps = found
    metrics = normalisation.fit_metrics(
        way,
        {"GM": template.gm, "WM": template.wm, "contrast": maps["template"]},
        template.mask,
        template.gm > 0.9,
        template.affine,
        {"GM": person["GM"], "WM": person["WM"], "contrast": maps["person"]},
        person["brain"],
        scan.t1w_affine,
    )
    assert metrics["DiceGM"] > 0.8
    assert metrics["DiceWM"] > 0.8
    assert metrics["CrossCorrelation"] > 0.8
    assert metrics["FoldedVoxels"] == 0
    true_determinant = 1 / np.linalg.det(scan.world_to_template[:3, :3])
    assert metrics["Determinant"] == pytest.approx(true_determinant, rel=0.1)
    volume_ml = person["brain"].sum() * 27 / 1000
    assert metrics["BrainVolumeMl"] == pytest.approx(volume_ml)


def test_flags_name_what_is_unusual():
    good = {
        "BrainVolumeMl": 1400,
        "Determinant": 0.75,
        "DiceGM": 0.8,
        "DiceWM": 0.8,
        "FoldedVoxels": 0,
        "JacobianP0_1": 0.3,
        "JacobianP99_9": 2.5,
        "JacobianDeepP5": 0.7,
        "JacobianDeepP95": 1.4,
    }
    assert normalisation.flags(good) == []
    bad = good | {"FoldedVoxels": 12, "Determinant": 0.4, "DiceGM": float("nan")}
    sentences = " ".join(normalisation.flags(bad))
    assert "FoldedVoxels is 12" in sentences
    assert "Determinant is 0.4" in sentences
    assert "DiceGM" in sentences


def test_contrast_is_of_tissue_and_t1w():
    wm, gm, csf, outside = np.eye(4)
    t1w = np.array([500.0, 350.0, 5000.0, 500.0])
    found = normalisation.brain_contrast(t1w, outside == 0, gm, wm, csf)
    share = normalisation.T1W_SHARE
    expected = [1, 0.6 + share * 0.1, 0.15 + share * 1.35, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_dice():
    a = np.array([1, 1, 1, 0], dtype=bool)
    b = np.array([0, 1, 1, 1], dtype=bool)
    assert normalisation.dice(a, b) == pytest.approx(2 / 3)
    assert np.isnan(normalisation.dice(a & False, b & False))


def test_a_lesion_moves_nothing_far_from_it(template, person, scan):
    """25 ml, in a contrast where it looks like CSF; without the mask it pulls."""
    size = abs(scan.t1w_affine[0, 0])
    centre = scan.warp.from_template((32.0, -42.0, 24.0))
    voxels = np.indices(scan.t1w.shape).reshape(3, -1).T
    places = voxels @ scan.t1w_affine[:3, :3].T + scan.t1w_affine[:3, 3]
    distance = np.linalg.norm(places - centre, axis=1).reshape(scan.t1w.shape)
    lesion = (distance < 18.2) & person["brain"]
    assert lesion.sum() * size**3 / 1000 == pytest.approx(25, abs=3)
    fluid = np.clip(template.mask - template.gm - template.wm, 0, 1)
    fixed = tissue_contrast(template.gm, template.wm, fluid)
    moving = tissue_contrast(*(person[n] for n in ("GM", "WM", "CSF")))

    def way(image, mask=None):
        found = normalisation.normalise(
            fixed,
            template.mask,
            template.affine,
            image,
            scan.t1w_affine,
            np.linalg.inv(scan.world_to_template),
            estimate_mm=4.0,
            lesion=mask,
        )
        return source_voxels(
            found.displacement,
            found.grid,
            found.affine,
            scan.t1w_affine,
            template.affine,
            template.mask.shape,
        )[:, template.mask]

    healthy = way(moving)
    far = ndimage.map_coordinates(distance, healthy, order=1) > 18.2 + 10
    dark = np.where(lesion, 0.15, moving).astype(np.float32)
    moved = {
        name: size * np.linalg.norm(way(dark, mask) - healthy, axis=0)
        for name, mask in (("masked", lesion), ("naive", None))
    }
    assert moved["masked"][far].mean() < 0.5
    assert moved["masked"][~far].mean() < 0.7 * moved["naive"][~far].mean()
