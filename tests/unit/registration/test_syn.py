import numpy as np
import pytest
from scipy import ndimage

from rt1t2.geometry.displacement import jacobian_determinant
from rt1t2.registration.syn import register_syn

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


@pytest.fixture(scope="module")
def found():
    # static(x) = moving(x + field): the field is what has to come out
    moving = texture()
    return register_syn(
        shifted(moving, planted_field()),
        moving,
        AFFINE,
        iterations=(40, 40, 20),
        radius=2,
        sigma=1.5,
    )


def test_a_planted_displacement_is_recovered(found):
    error = np.linalg.norm(found.forward - planted_field(), axis=-1)[INSIDE]
    before = np.linalg.norm(planted_field(), axis=-1)[INSIDE]
    assert before.mean() > 1.5
    assert error.mean() < 0.25 * before.mean()


def test_forward_and_backward_are_inverse_and_do_not_fold(found):
    there_and_back = found.forward + np.stack(
        [shifted(found.backward[..., a], found.forward) for a in range(3)], axis=-1
    )
    assert np.linalg.norm(there_and_back, axis=-1)[INSIDE].mean() < 0.1
    assert jacobian_determinant(found.forward, VOXEL_MM).min() > 0


def test_equal_images_stay_where_they_are():
    image = texture()
    found = register_syn(image, image, AFFINE, iterations=(10, 5), radius=2)
    assert np.linalg.norm(found.forward, axis=-1).max() < 0.2


def test_a_masked_lesion_moves_nothing():
    static = texture()
    x, y, z = np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij")
    distance = np.sqrt((x - 16) ** 2 + (y - 18) ** 2 + (z - 15) ** 2)
    lesion = distance < 5
    moving = np.where(lesion, 0.1, static).astype(np.float32)
    shell = (distance >= 5) & (distance < 8)
    options = {"iterations": (30, 20, 10), "radius": 2, "sigma": 1.5}
    hidden = ndimage.binary_dilation(lesion, iterations=2)
    naive = register_syn(static, moving, AFFINE, **options).forward
    masked = register_syn(static, moving, AFFINE, lesion=hidden, **options).forward
    wrong = {
        name: [np.linalg.norm(field, axis=-1)[part].mean() for part in (lesion, shell)]
        for name, field in (("naive", naive), ("masked", masked))
    }
    assert wrong["masked"][0] < 0.3 * wrong["naive"][0]
    assert wrong["masked"][1] < 0.7 * wrong["naive"][1]


def test_two_runs_give_the_same_bytes():
    moving = texture()
    static = shifted(moving, planted_field()).astype(np.float32)
    runs = [
        register_syn(static, moving, AFFINE, iterations=(5, 3), radius=2).forward
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*runs)
