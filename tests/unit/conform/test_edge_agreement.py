import numpy as np
import pytest
from scipy import ndimage

from rt1t2.conform.edge_agreement import edge_agreement
from rt1t2.geometry.volume import Volume
from rt1t2.simulate.phantom import simulate_scan

GRID = np.diag([3.0, 3.0, 3.0, 1.0])


def waves(seed, shape=(40, 40, 40), stretch=1):
    """Smooth random structure as large as folds; ``stretch``: thicker along z."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    return ndimage.gaussian_filter(noise, (1.5, 1.5, 1.5 * stretch))


def agreement(first, second, seen=None):
    second = second if seen is None else np.where(seen, second, np.nan)
    brain = np.zeros(first.shape, bool)
    brain[4:-4, 4:-4, 4:-4] = True
    t1w = Volume(first, GRID)
    return edge_agreement(t1w, t1w.like(second), brain)


@pytest.mark.parametrize("stretch", [1, 3])
def test_unrelated_images_agree_by_chance_in_thick_slices_too(stretch):
    found = agreement(waves(1, stretch=stretch), waves(2, stretch=stretch))
    assert found == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("stretch", [1, 3])
def test_the_same_structure_in_another_contrast_agrees(stretch):
    image = waves(1, stretch=stretch)
    same = agreement(image, image)
    assert same > 2.5
    inverted = 1000 * np.exp(-3 * image / image.std())
    assert agreement(image, inverted) == pytest.approx(same, rel=0.15)


def test_what_is_not_seen_has_no_say():
    image = waves(1)
    seen = np.ones(image.shape, bool)
    seen[..., :12] = False
    assert agreement(image, -image, seen) == pytest.approx(
        agreement(image, -image), rel=0.1
    )
    seen[..., :36] = False
    assert np.isnan(agreement(image, -image, seen))


@pytest.fixture(scope="module")
def two_people(head):
    options = {"t1w_voxel_mm": 3.0, "t2w_voxel_mm": (2.0, 2.0, 4.0), "pose": False}
    return [simulate_scan(head, seed, **options) for seed in (1, 2)]


@pytest.mark.parametrize("other", [False, True])
def test_two_simulated_people_agree_less_than_one(two_people, head, other):
    first = two_people[0]
    t1w = Volume(first.t1w, first.t1w_affine)
    second = two_people[int(other)]
    t2w = Volume(second.t2w, second.t2w_affine)
    on_t1w = t2w.on(t1w, second.t2w_to_t1w, outside=np.nan)
    inside = first.sample((head.brain).astype("f4")) > 0.5
    assert (edge_agreement(t1w, on_t1w, inside) > 2.0) != other
