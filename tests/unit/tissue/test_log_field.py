import numpy as np
import pytest

from rt1t2.tissue.log_field import LogField


def test_a_field_has_no_constant_part_and_its_prior_its_sd():
    shape, voxel_mm = (40, 48, 44), np.array([4.0, 4.0, 4.0])
    at = tuple(np.random.default_rng(0).integers(0, 40, (3, 50)))
    field = LogField(shape, voxel_mm, at, sd=0.2, length_mm=55.0, cutoff_mm=60.0)
    draw = np.random.default_rng(1)
    fields = [
        field.on_grid(draw.normal(0, np.sqrt(field.variance))) for _ in range(200)
    ]
    assert np.abs([f.mean() for f in fields]).max() < 1e-5
    assert np.std(fields) == pytest.approx(0.2, rel=0.1)
    weights = draw.normal(size=len(field.variance)).astype("f4")
    assert field.design @ weights == pytest.approx(field.on_grid(weights)[at], abs=1e-3)
