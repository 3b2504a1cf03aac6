"""The t-test of a contrast: scipy's t, a known smoothness, and a box whose resels are known."""

import numpy as np
import pytest
from scipy import ndimage, stats

from rt1t2.errors import UserError
from rt1t2.group.design import two_sample_design
from rt1t2.group.two_sample import model_record, two_sample_t

SHAPE = (24, 22, 20)
MASK = np.zeros(SHAPE, bool)
MASK[2:-2, 2:-2, 2:-2] = True
SIGMA_VOXELS = 1.5
GROUPS = ["A"] * 9 + ["B"] * 11


def design(groups=GROUPS):
    rows = [{"participant_id": f"sub-{i}", "group": g} for i, g in enumerate(groups)]
    return two_sample_design({"name": "A-B", "plus": "A", "minus": "B"}, rows, [])


def maps(n=20, seed=0):
    noise = np.random.default_rng(seed).standard_normal((n, *SHAPE))
    smooth = ndimage.gaussian_filter(noise, (0, *[SIGMA_VOXELS] * 3))
    return 1 + smooth[:, MASK]


def test_t_and_smoothness_of_noise():
    y = maps()
    found = two_sample_t(y, design(), MASK, "equal", "exclude_voxel")
    expected = stats.ttest_ind(y[:9], y[9:]).statistic
    assert np.allclose(found.fit.t, expected, atol=1e-4)
    fwhm = SIGMA_VOXELS * np.sqrt(8 * np.log(2))
    # four seeds give 0 to 5 % more: forward differences see a little less than the slope
    assert found.fwhm_voxels == pytest.approx(np.full(3, fwhm), rel=0.06)
    # a box of 20 x 18 x 16 voxels: its volume is that between the outermost centres
    volume = 19 * 17 * 15 / np.prod(found.fwhm_voxels)
    assert found.resels[[0, 3]] == pytest.approx([1, volume])
    known = np.isfinite(found.resels_per_voxel)
    assert known.sum() == 19 * 17 * 15  # the voxels with a whole cube ahead
    mean = found.resels_per_voxel[known].mean()
    assert mean == pytest.approx(1 / np.prod(found.fwhm_voxels))


def test_voxels_that_cannot_be_tested_leave_the_search_volume():
    y = maps()
    y[3, 5] = np.nan
    y[:, 7] = 1.25
    found = two_sample_t(y, design(), MASK, "equal", "exclude_voxel")
    assert np.flatnonzero(~found.tested).tolist() == [5, 7]
    assert np.isnan(found.resels_per_voxel[[5, 7]]).all()
    record = model_record(
        found, design(), "A-B", [], "equal", "exclude_voxel", np.array([1.0, 2, 3])
    )
    assert record.excluded_voxels == {"Undefined": 1, "NoVariation": 1}
    assert (record.plus, record.n_plus, record.minus, record.n_minus) == (
        *("A", 9),
        *("B", 11),
    )
    assert (record.df, record.n_voxels) == (18, MASK.sum() - 2)
    assert record.effective_n == pytest.approx(9 * 11 / 20)
    assert record.fwhm_mm == pytest.approx(found.fwhm_voxels * [1, 2, 3])
    assert record.relative_variance.tolist() == [1, 1]


def test_of_many_participants_64_tell_the_smoothness():
    read = []

    class Counted(list):
        def __getitem__(self, index):
            read.append(int(index))
            return super().__getitem__(index)

    groups = ["A"] * 60 + ["B"] * 70
    y = Counted(maps(130))
    found = two_sample_t(y, design(groups), MASK, "equal", "exclude_voxel")
    assert (len(read), read[0], read[-1]) == (64, 0, 129)
    assert np.isfinite(found.fwhm_voxels).all()


def test_nothing_to_test_is_said():
    y = np.ones((20, MASK.sum()))
    y[0, : MASK.sum() // 2] = np.nan
    with pytest.raises(UserError, match=r"A against B: .*2880 lack maps, 2880 do not"):
        two_sample_t(y, design(), MASK, "equal", "exclude_voxel")
