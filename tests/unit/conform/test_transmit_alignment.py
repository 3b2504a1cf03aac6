"""A measured transmit field on the grid of the head prior."""

import numpy as np
import pytest

from rt1t2.conform.transmit_alignment import align_transmit_map
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import rotation, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import Alignment
from rt1t2.scans.transmit_map import MeasuredMap
from rt1t2.template.head_classes import HEAD_CLASSES

NAME = "the transmit map (b1.nii.gz)"
AC_MM = np.array([3.0, -20.0, 12.0])


def grid(n, mm):
    affine = np.diag([mm, mm, mm, 1.0])
    affine[:3, 3] = -mm * (n - 1) / 2
    return affine


def radius_mm(n, affine):
    at = np.stack(np.indices((n, n, n)), axis=-1) @ affine[:3, :3].T + affine[:3, 3]
    return np.linalg.norm(at, axis=-1)


PRIOR_GRID = grid(50, 4.0)


@pytest.fixture(scope="module")
def prior():
    """A brain of 60 mm radius in a head of 80 mm."""
    r = radius_mm(50, PRIOR_GRID)
    data = np.zeros((50, 50, 50, len(HEAD_CLASSES)), np.float32)
    data[..., HEAD_CLASSES.index("gm")] = r < 60
    data[..., HEAD_CLASSES.index("fat")] = (r >= 60) & (r < 80)
    data[..., HEAD_CLASSES.index("air")] = r >= 80
    return Volume(data, PRIOR_GRID)


def dome(r):
    return 1.1 - 0.2 * (r / 80) ** 2


def measured(
    n=40, mm=5.0, scaled=True, one=1.0, shift=(0, 0, 0), reach=80.0, noise=0.0
):
    """Return a dome in scanner coordinates, shifted from where the T1w says."""
    affine = grid(n, mm)
    r = radius_mm(n, affine)
    field = np.where(r < reach, one * dome(r), np.nan)
    field *= 1 + noise * np.random.default_rng(1).normal(size=field.shape)
    place = translation(AC_MM + np.array(shift)) @ affine
    return MeasuredMap(
        Volume(field.astype("f4"), place), None, scaled, {"Kind": "TB1map"}
    )


def align(given, prior):
    return align_transmit_map(given, prior.like(prior.data[..., 0]), prior, AC_MM, NAME)


def brain(prior):
    return prior.data[..., HEAD_CLASSES.index("gm")] > 0


@pytest.mark.parametrize("one", [1.0, 100.0, 1000.0])
def test_the_field_of_the_brain_comes_back_in_any_unit(prior, one):
    found = align(measured(scaled=False, one=one, noise=0.03), prior)
    expected = dome(radius_mm(50, PRIOR_GRID))
    error = (found.field.data - expected)[brain(prior)]
    assert abs(error.mean()) < 0.003
    assert error.std() < 0.012  # of 3 % in voxels of 5 mm
    assert found.record["BrainCoverage"] == 1
    assert found.record["ShiftMm"] == pytest.approx(0, abs=1e-6)
    assert found.flags == []


def test_it_is_defined_everywhere_and_smooth_beyond_the_map(prior):
    field = align(measured(reach=62.0), prior).field.data
    assert np.isfinite(field).all()
    assert field.min() > 0.9
    assert np.abs(np.diff(field, axis=0)).max() < 0.03


def test_undefined_voxels_take_no_part(prior):
    given = measured()
    holes = given.field.data.copy()
    holes[::3, ::3, ::3] = np.nan
    holes[1::7] = 1e6  # impossible
    field = align(
        MeasuredMap(given.field.like(holes), None, True, {}), prior
    ).field.data[brain(prior)]
    np.testing.assert_allclose(
        field, dome(radius_mm(50, PRIOR_GRID))[brain(prior)], atol=0.02
    )


def test_a_cut_map_is_flagged_and_a_smaller_one_refused(prior):
    cut = measured()
    cut.field.data[:, :, :13] = np.nan  # below -33 mm
    found = align(cut, prior)
    assert 0.75 < found.record["BrainCoverage"] < 0.95
    assert "of the brain; beyond it the nearest value goes on" in found.flags[0]
    cut.field.data[:, :, :20] = np.nan
    with pytest.raises(UserError, match=r"covers \d+ % of the brain \(needs 75 %\)"):
        align(cut, prior)


def test_a_map_that_lies_elsewhere_is_refused(prior):
    with pytest.raises(UserError, match="its centre lies 300 mm from the brain's"):
        align(measured(shift=(0, 0, 300)), prior)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scaled": False, "one": 10.0}, r"median of 10\.\d+ in the brain"),
        ({"scaled": False, "one": 4096.0}, "has about 1, 100"),
        ({"one": 8.0}, "between 0.3 and 1.8 times"),
        ({"one": 0.4}, "flip angles in the brain are 0.4. times"),
    ],
)
def test_what_is_no_field_of_a_head_is_refused(prior, given, words):
    with pytest.raises(UserError, match=words):
        align(measured(**given), prior)


def test_one_value_everywhere_is_no_measurement(prior):
    given = measured()
    given.field.data[...] = 1.0
    with pytest.raises(UserError, match="one value everywhere"):
        align(given, prior)


def test_the_image_of_a_pair_places_the_map(prior, monkeypatch):
    """The head moved between the scans by 9 mm and 5 degrees, as the registration finds."""
    moved = translation(np.array([6.0, -5.0, 4.0]))
    moved[:3, :3] = rotation(np.array([5.0, 0.0, 0.0]))
    affine = grid(60, 4.0)
    z_mm = (np.indices((60, 60, 60))[2] - 29.5) * 4.0
    slope = Volume((1 + 0.001 * z_mm).astype("f4"), affine)
    to_its_place = translation(AC_MM) @ moved
    image = Volume(np.ones((60, 60, 60), "f4"), to_its_place @ affine)
    seen = []

    def found(fixed, mask, moving):
        seen.append(moving.affine)
        return Alignment(moved, 1.0, 1.0)

    monkeypatch.setattr("rt1t2.conform.transmit_alignment.register_rigid", found)
    given = MeasuredMap(slope.moved(to_its_place), image, True, {})
    result = align(given, prior)
    np.testing.assert_allclose(
        seen[0], moved @ affine, atol=1e-9
    )  # without the AC's place
    assert result.record["RotationDeg"] == pytest.approx(5)
    at_mm = np.indices((50, 50, 50))[2] * 4.0 + PRIOR_GRID[2, 3]
    error = (result.field.data - (1 + 0.001 * at_mm))[brain(prior)]
    assert np.abs(error).max() < 0.002
