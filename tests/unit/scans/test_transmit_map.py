"""A measured transmit field: closed forms of what pairs say, and what they need."""

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.scans.transmit_map import actual_flip_angle_deg, read_transmit_map

GRID = np.diag([6.0, 6.0, 6.0, 1.0])
SHAPE = (24, 26, 24)


def head():
    """Return a ball (bool)."""
    at = np.indices(SHAPE) - np.reshape(SHAPE, (3, 1, 1, 1)) / 2
    return np.linalg.norm(at, axis=0) < 9


def afi_signals(angle_deg, tr1_s, tr2_s, t1_s):
    """Return both signals of a spoiled steady state with two repetition times (Yarnykh 2007)."""
    e1, e2 = np.exp(-tr1_s / t1_s), np.exp(-tr2_s / t1_s)
    sine, cosine = np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))
    shared = sine / (1 - e1 * e2 * cosine**2)
    return (
        shared * (1 - e2 + (1 - e1) * e2 * cosine),
        shared * (1 - e1 + (1 - e2) * e1 * cosine),
    )


@pytest.fixture
def written(tmp_path):
    """Return a function that writes images with sidecars and reads the map that they are."""

    def read(*files):
        paths = [str(tmp_path / f"{name}.nii.gz") for name, *_ in files]
        for path, (_, data, about) in zip(paths, files, strict=True):
            images.save(data, GRID, path, {"Flags": []} | about)
        return read_transmit_map(paths, "the transmit map")

    return read


@pytest.mark.parametrize("angle", [35.0, 60.0, 80.0])
def test_actual_flip_angles_come_back(angle):
    first, second = afi_signals(angle, 0.02, 0.1, 1.0)
    found = actual_flip_angle_deg(np.array([first]), np.array([second]), 5.0)
    assert found[0] == pytest.approx(angle, rel=0.02)  # to first order in TR over T1
    first, second = afi_signals(angle, 0.0002, 0.001, 1.0)
    found = actual_flip_angle_deg(np.array([first]), np.array([second]), 5.0)
    assert found[0] == pytest.approx(angle, rel=2e-4)


def test_signals_without_such_an_angle_are_undefined():
    first, second = np.array([1.0, 0.0, 1.0, -1.0]), np.array([1.2, 1.0, 0.0, 0.5])
    assert np.isnan(actual_flip_angle_deg(first, second, 5.0)).all()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_pair_of_repetition_times_whichever_is_which(written, order):
    angle = np.where(head(), 54.0, 0)
    signals = afi_signals(angle, 0.002, 0.01, 1.0)
    names = "sub-01_acq-tr1_TB1AFI", "sub-01_acq-tr2_TB1AFI"
    trs = 0.002, 0.01
    files = [
        (
            name,
            1000 * signals[k] * head(),
            {"RepetitionTimeExcitation": trs[k], "FlipAngle": 60},
        )
        for name, k in zip(names, order, strict=True)
    ]
    found = written(*files)
    assert found.scaled
    np.testing.assert_allclose(found.field.data[head()], 0.9, rtol=3e-3)
    outside = ~found.anatomical.head
    assert np.isnan(found.field.data[outside]).all()
    assert found.record["RepetitionTimesS"] == [0.002, 0.01]


def test_tenths_of_degrees_of_a_turbo_flash(written):
    rng = np.random.default_rng(1)
    anatomical = np.where(head(), 500, 4 * rng.random(SHAPE))
    flips = np.where(head(), 720, 1500 * rng.random(SHAPE)).astype(np.int16)
    found = written(
        ("sub-01_acq-famp_TB1TFL", flips, {"FlipAngle": 80}),
        ("sub-01_acq-anat_TB1TFL", anatomical, {"FlipAngle": 8}),
    )
    np.testing.assert_allclose(found.field.data[head()], 0.9)
    assert np.isnan(found.field.data[0, 0, 0])  # noise of the air is no field


def test_a_map_keeps_its_numbers(written):
    data = np.where(head(), 93.0, 0).astype("f4")
    data[12, 12, 12] = np.nan
    found = written(("sub-01_TB1map", data, {}))
    assert not found.scaled
    assert np.nanmedian(found.field.data) == 93
    assert np.isnan(found.field.data[[0, 12], [0, 12], [0, 12]]).all()


TR = "RepetitionTimeExcitation"
BALL = np.where(head(), 100.0, 0)
AFI = ("sub-01_acq-tr1_TB1AFI", BALL), ("sub-01_acq-tr2_TB1AFI", BALL)


@pytest.mark.parametrize(
    ("sidecars", "words"),
    [
        (({}, {}), "does not tell the FlipAngle"),
        (({"FlipAngle": 60}, {}), "repetition times 0 and 0 s"),
        (
            ({"FlipAngle": 60, TR: 0.12}, {TR: 0.12}),
            "repetition times 0.12 and 0.12 s",
        ),
        (
            ({"FlipAngle": 60, TR: 20}, {TR: 100}),
            "TB1AFI whose sidecars give",
        ),
    ],
)
def test_a_pair_without_its_times_is_refused(written, sidecars, words):
    with pytest.raises(UserError, match=words):
        written(*((*file, about) for file, about in zip(AFI, sidecars, strict=True)))


def test_a_pair_on_two_grids_is_refused(written):
    small = BALL[:-2]
    with pytest.raises(UserError, match="lie on different grids: matrix"):
        written((*AFI[0], {"FlipAngle": 60}), (AFI[1][0], small, {}))


def test_flags_of_both_files_are_kept_once(written):
    flags = {"Flags": ["odd"]}
    found = written(
        (AFI[0][0], BALL, {"FlipAngle": 60, TR: 0.02} | flags),
        (AFI[1][0], BALL, {TR: 0.1} | flags),
    )
    assert found.flags == ["odd"]
