import pytest

from rt1t2.template.signals import MPRAGE, TSE, Flash, Mprage, SpinEcho
from rt1t2.tissue.assumed_sequence import sequences_of


def t1w_of(**header):
    return sequences_of({"T1w": header}).t1w


def test_the_times_of_an_mprage_are_the_headers():
    found = t1w_of(RepetitionTime=1.9, InversionTime=1.0, FlipAngle=8)
    assert found == Mprage(tr_ms=1900, ti_ms=950, flip_deg=8)
    found = t1w_of(RepetitionTime=2.4, InversionTime=1.0, FlipAngle=8)
    assert found == Mprage(tr_ms=2400, ti_ms=1000, flip_deg=8)


def test_a_short_inversion_time_shortens_the_train():
    found = t1w_of(RepetitionTime=2.0, InversionTime=0.4, FlipAngle=12)
    assert found.n_pulses * found.echo_spacing_ms / 2 < found.ti_ms


@pytest.mark.parametrize("flip", [8, 12])
def test_a_repetition_time_between_pulses_says_nothing_of_the_inversion(flip):
    header = {"RepetitionTime": 0.0077, "InversionTime": 0.45, "FlipAngle": flip}
    assert t1w_of(**header) == MPRAGE._replace(flip_deg=flip)


def test_spoiled_and_spin_echoes_are_told_by_angle_and_sequence():
    flash = t1w_of(RepetitionTime=0.25, FlipAngle=80, ScanningSequence=["GR"])
    assert flash == Flash(tr_ms=250, flip_deg=80)
    spin = t1w_of(RepetitionTime=0.6, EchoTime=0.012, ScanningSequence=["SE"])
    assert spin == SpinEcho(tr_ms=600, te_ms=12)


def test_without_times_thick_slices_are_a_spin_echo():
    assert t1w_of(VoxelSizeMm=[1.0, 1.0, 1.0]) == MPRAGE
    assert t1w_of(VoxelSizeMm=[0.9, 0.9, 4.0]) == SpinEcho()
    found = sequences_of({})
    assert (found.t1w, found.t2w, found.told) == (MPRAGE, TSE, False)


def test_a_train_of_variable_flip_angles_has_the_usual_contrast():
    plain = sequences_of({"T2w": {"EchoTime": 0.09, "RepetitionTime": 6.0}}).t2w
    assert (plain.te_ms, plain.tr_ms) == (90, 6000)
    space = sequences_of({"T2w": {"EchoTime": 0.564, "RepetitionTime": 3.2}}).t2w
    assert (space.te_ms, space.tr_ms) == (TSE.te_ms, 3200)
