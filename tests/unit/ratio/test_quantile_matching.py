"""Histograms of classes are matched: exactly where they should, cautiously where they disagree."""

import numpy as np
import pytest

from rt1t2.ratio.quantile_matching import N_QUANTILES, SMALLEST_SLOPE, matched_residual

PROBABILITIES = np.linspace(0, 1, 101)
# Classes that are spread evenly between two intensities, and their numbers of voxels
BONE, MUSCLE, FAT = ((0.1, 0.3, 900), (0.5, 0.9, 300), (1.5, 2.1, 600))
CLASSES = {"bone": BONE, "muscle": MUSCLE, "fat": FAT}


def uniform(classes, transform=lambda x: x):
    """Return the classes with levels and quantiles, after a change of intensity."""
    described = {}
    for name, (low, high, n) in classes.items():
        quantiles = transform(low + (high - low) * PROBABILITIES)
        described[name] = {
            "t1w": float(np.median(quantiles)),
            "t1w_quantiles": quantiles,
            "n_voxels": n,
        }
    return described


def match(source, target):
    return matched_residual(source, target, "t1w", PROBABILITIES)


def test_equal_histograms_need_nothing():
    levels, residual = match(uniform(CLASSES), uniform(CLASSES))
    assert len(levels) == N_QUANTILES
    assert levels[[0, -1]] == pytest.approx([0, 2.1])
    np.testing.assert_allclose(residual, 0, atol=1e-6)


def test_a_stretched_contrast_is_stretched_back():
    """A target of a + b x: the residual is a + (b - 1) x between the outer quantiles."""
    levels, residual = match(
        uniform(CLASSES), uniform(CLASSES, lambda x: 0.05 + 1.1 * x)
    )
    within = (levels > 0.12) & (levels < 2.05)
    expected = 0.05 + 0.1 * levels
    np.testing.assert_allclose(residual[within], expected[within], atol=0.004)
    # beyond the ends it stays what it is there
    np.testing.assert_allclose(residual[levels < 0.1], residual[0], atol=1e-6)


def test_a_bent_contrast_is_bent_back_at_the_classes():
    def bend(x):
        return x + 0.05 * x**2

    levels, residual = match(uniform(CLASSES), uniform(CLASSES, bend))
    for low, high, _ in CLASSES.values():
        middle = (low + high) / 2
        mapped = middle + np.interp(middle, levels, residual)
        assert mapped == pytest.approx(bend(middle), abs=0.005)


def test_the_field_of_view_has_no_say():
    """Voxel counts of the source do not count, nor do those of air in the target."""
    air = {"air": (0.0, 0.05, 20_000)}
    target = uniform(CLASSES | air, lambda x: 1.1 * x)
    plain = match(uniform(CLASSES | air), target)
    cropped = uniform(CLASSES | air)
    cropped["bone"]["n_voxels"], cropped["air"]["n_voxels"] = 10, 10
    wide = target | {"air": target["air"] | {"n_voxels": 500_000}}
    for source, other in ((cropped, target), (uniform(CLASSES | air), wide)):
        np.testing.assert_array_equal(match(source, other), plain)


def test_classes_that_only_one_side_has_are_passed_over():
    target = uniform(CLASSES, lambda x: 1.1 * x)
    eye = uniform({"eye": (0.1, 0.2, 50), "csf": (0.1, 0.2, 50)})
    plain = match(uniform(CLASSES), target)
    np.testing.assert_array_equal(match(uniform(CLASSES) | eye, target), plain)
    np.testing.assert_array_equal(match(uniform(CLASSES), target | eye), plain)


def test_classes_that_contradict_one_another_change_nothing():
    """Dark up, middle down, bright up: each is foretold wrongly by the two others."""
    signs = {"bone": 1, "muscle": -1, "fat": 1}
    target = {
        name: uniform({name: CLASSES[name]}, lambda x, s=sign: x + 0.1 * s)[name]
        for name, sign in signs.items()
    }
    _, residual = match(uniform(CLASSES), target)
    np.testing.assert_allclose(residual, 0, atol=1e-12)


def test_intensities_keep_their_order():
    """A target of nearly one value would fold the scale: its slope is kept above a tenth."""
    flat = uniform(CLASSES, lambda x: 1 + 0.01 * x)
    levels, residual = match(uniform(CLASSES), flat)
    slope = np.diff(levels + residual) / np.diff(levels)
    assert slope.min() == pytest.approx(SMALLEST_SLOPE, rel=1e-6)


def test_the_residual_is_shrunk_by_what_best_foretells_a_class_left_out():
    """Shifts r, q, r of three classes; each is foretold from its neighbours by q, r and q.

    A factor s leaves 2 (r - s q)^2 + (q - s r)^2, least at s = 3 r q / (2 q^2 + r^2), which
    is 1/2 for q = (3 - sqrt 7) / 2 r.
    """
    r = 0.1
    shifts = {"bone": r, "muscle": (3 - np.sqrt(7)) / 2 * r, "fat": r}
    target = {
        name: uniform({name: CLASSES[name]}, lambda x, d=shift: x + d)[name]
        for name, shift in shifts.items()
    }
    levels, residual = match(uniform(CLASSES), target)
    for name, shift in shifts.items():
        middle = np.mean(CLASSES[name][:2])
        assert np.interp(middle, levels, residual) == pytest.approx(shift / 2, rel=0.1)
