"""The simulated atlas and receptor maps."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from rt1t2.regions import region_means, regions_on_grid
from rt1t2.simulate.receptor_maps import (
    nearest_label,
    receptor_pattern,
    simulate_atlas,
    simulate_gm,
    simulate_maps,
)


@pytest.fixture(scope="module")
def atlas(head):
    return simulate_atlas(head, seed=4)


def test_every_region_is_there_and_named(atlas):
    labels, names = atlas
    assert list(np.unique(labels)) == [0, *names]
    assert 60 <= len(names) <= 119
    assert all(name.startswith("Simulated ") for name in names.values())
    assert len(set(names.values())) == len(names)


def test_left_regions_lie_left_and_mirror_the_right_ones(head, atlas):
    labels, names = atlas
    number = {name: label for label, name in names.items()}
    x = np.broadcast_to(head.grid.axes[0], labels.shape)
    for name, label in number.items():
        if name.endswith(" left"):
            right = labels == number[name.removesuffix("left") + "right"]
            assert x[labels == label].max() < 0 < x[right].min()
            assert right.sum() == pytest.approx(
                (labels == label).sum(), rel=0.35, abs=12
            )


def test_maps_cannot_stand_in_for_one_another(head, atlas):
    labels, _ = atlas
    maps, affine = simulate_maps(labels, head.affine, 8, seed=4)
    means = []
    for density in maps:
        grid = regions_on_grid(labels, head.affine, density.shape, affine)
        values, coverage = region_means(density, grid, "exclude")
        assert coverage.min() > 0.5
        means.append(values)
    between = spearmanr(np.array(means).T).statistic
    assert np.abs(between - np.eye(8)).max() < 0.35


def test_pattern_runs_from_minus_to_plus_amplitude_with_the_ranks():
    labels = np.zeros((9, 1, 1), int)
    labels[[0, 4, 8], 0, 0] = [10, 20, 30]
    factor = receptor_pattern(labels, np.array([5.0, 90.0, 6.0]), 0.04)
    np.testing.assert_allclose(factor[[0, 4, 8], 0, 0], [0.96, 1.04, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(nearest_label(labels)[:2, 0, 0], [10, 10])


def test_grey_matter_keeps_its_volume(head):
    grey, affine = simulate_gm(head)
    expected = sum(
        head.fractions[name].sum() for name in ("gm", "thalamus", "striatum")
    )
    volume = grey.sum() * np.linalg.det(affine[:3, :3])
    assert volume == pytest.approx(expected * head.voxel_mm**3, rel=0.01)
