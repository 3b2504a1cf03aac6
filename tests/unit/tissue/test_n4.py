import numpy as np

from rt1t2.tissue.n4 import n4_log_field


def test_n4_flattens_a_homogeneous_ball():
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, 28)] * 3, indexing="ij")
    ball = x**2 + y**2 + z**2 < 0.8
    noise = np.random.default_rng(0).normal(0, 2, x.shape)
    image = np.where(ball, 100 * np.exp(0.25 * x - 0.15 * y) + noise, 0)
    field = n4_log_field(image, ball, np.full(3, 6.0))
    before, after = np.log(image[ball]), np.log(image[ball]) - field[ball]
    assert after.std() < 0.35 * before.std()
