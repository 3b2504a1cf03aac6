import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.displacement import jacobian_determinant
from rt1t2.registration.greedy import register_greedy

VOXEL_MM = 3.0
SHAPE = (32, 36, 30)
AFFINE = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
AFFINE[:3, 3] = (-48, -54, -45)
INSIDE = (slice(6, -6),) * 3


def texture(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    image = ndimage.gaussian_filter(noise, 2.0)
    return ((image - image.min()) / np.ptp(image)).astype(np.float32)


def planted_field() -> np.ndarray:
    """A smooth bump of up to 5 mm, 0 at the borders; shape (x, y, z, 3), mm."""
    line = [np.sin(np.pi * np.linspace(0, 1, n)) ** 2 for n in SHAPE]
    bump = line[0][:, None, None] * line[1][:, None] * line[2]
    return np.stack([5 * bump, -4 * bump, 3 * bump], axis=-1)


def shifted(image: np.ndarray, field: np.ndarray) -> np.ndarray:
    voxels = np.indices(SHAPE) + np.moveaxis(field, -1, 0) / VOXEL_MM
    return ndimage.map_coordinates(image, voxels, order=3, mode="nearest")


OPTIONS = {"radius": 2, "smoothing": (1.5, 0.5)}


def register(fixed, moving, iterations, **more):
    options = OPTIONS | {"iterations": iterations} | more
    return register_greedy(fixed, moving, AFFINE, **options)


@pytest.fixture(scope="module")
def found():
    # fixed(x) = moving(x + field): the field is what has to come out
    moving = texture()
    return register(shifted(moving, planted_field()), moving, (40, 40, 20))


def test_a_planted_displacement_is_recovered(found):
    error = np.linalg.norm(found - planted_field(), axis=-1)[INSIDE]
    before = np.linalg.norm(planted_field(), axis=-1)[INSIDE]
    assert before.mean() > 1.5
    assert error.mean() < 0.25 * before.mean()


def test_it_does_not_fold(found):
    assert jacobian_determinant(found, VOXEL_MM).min() > 0


def test_equal_images_stay_where_they_are():
    image = texture()
    found = register(image, image, (10, 5))
    assert np.linalg.norm(found, axis=-1).mean() < 0.1 * VOXEL_MM


def test_what_a_mask_hides_is_not_compared():
    image = texture()
    half = np.zeros(SHAPE, bool)
    half[:14] = True
    found = register(shifted(image, planted_field()), image, (20, 10), fixed_mask=half)
    far = np.linalg.norm(found, axis=-1)[24:]
    assert far.mean() < 0.3


def test_two_runs_give_the_same_bytes():
    moving = texture()
    fixed = shifted(moving, planted_field()).astype(np.float32)
    runs = [register(fixed, moving, (5, 3)) for _ in range(2)]
    np.testing.assert_array_equal(*runs)
