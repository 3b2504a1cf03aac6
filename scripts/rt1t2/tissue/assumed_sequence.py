"""The T1w and T2w sequence behind a pair of images, as far as the headers tell."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rt1t2.template.signals import (
    MPRAGE,
    TSE,
    Flash,
    Mprage,
    SpinEcho,
    T1wProtocol,
    Tse,
)

# Some makers give the time between two pulses of the train as the repetition time, and then
# the inversion time is no longer that of the centre of k-space either.
LONGEST_PULSE_SPACING_S = 0.1
SPOILED_FLIP_DEG = 15.0  # a spoiled T1w without preparation has no less
SHORTEST_WAIT_MS = 20.0  # between inversion and the first pulse
# Trains of variable flip angle have a nominal echo time far beyond their contrast.
LONGEST_PLAIN_TE_MS = 200.0
THICK = 2.0  # slices over in-plane voxels: a two-dimensional scan


class Sequences(NamedTuple):
    """What was scanned, and whether the headers told so."""

    t1w: T1wProtocol
    t2w: Tse
    told: bool


def sequences_of(acquisition: Mapping[str, Mapping[str, Any]]) -> Sequences:
    """Return the sequences that a pair was scanned with.

    Without a repetition time, thick slices are taken for a two-dimensional spin echo and
    all others for an MPRAGE of 2300 ms, 900 ms and 9 degrees. What headers never tell, such
    as the echo spacing, has its usual value.

    Parameters
    ----------
    acquisition
        Image ("T1w", "T2w") -> what is known of it (:func:`rt1t2.scans.protocol.acquisition`);
        times in s.
    """
    t1w, t2w = (acquisition.get(image, {}) for image in ("T1w", "T2w"))
    told = "RepetitionTime" in t1w
    sequence = _t1w(t1w) if told else (SpinEcho() if _is_thick(t1w) else MPRAGE)
    te_ms = 1000 * float(t2w.get("EchoTime", TSE.te_ms / 1000))
    tr_ms = 1000 * float(t2w.get("RepetitionTime", TSE.tr_ms / 1000))
    plain = te_ms <= LONGEST_PLAIN_TE_MS
    train_ms = TSE.echo_train_length * TSE.echo_spacing_ms
    return Sequences(
        sequence,
        TSE._replace(
            te_ms=te_ms if plain else TSE.te_ms, tr_ms=max(tr_ms, 2 * train_ms)
        ),
        told,
    )


def _t1w(header: Mapping[str, Any]) -> T1wProtocol:
    tr_s, ti_s = float(header["RepetitionTime"]), header.get("InversionTime")
    flip = header.get("FlipAngle")
    spin = "SE" in header.get("ScanningSequence", [])
    if spin and not ti_s:
        te_ms = 1000 * float(header.get("EchoTime", SpinEcho().te_ms / 1000))
        return SpinEcho(tr_ms=1000 * tr_s, te_ms=te_ms)
    if not ti_s and flip and float(flip) >= SPOILED_FLIP_DEG:
        return Flash(tr_ms=1000 * tr_s, flip_deg=float(flip))
    flip_deg = float(flip or MPRAGE.flip_deg)
    if tr_s < LONGEST_PULSE_SPACING_S:
        return MPRAGE._replace(flip_deg=flip_deg)
    ti_ms = min(1000 * float(ti_s) if ti_s else MPRAGE.ti_ms, 500 * tr_s)
    longest_train_ms = 2 * max(ti_ms - SHORTEST_WAIT_MS, SHORTEST_WAIT_MS)
    n_pulses = min(MPRAGE.n_pulses, int(longest_train_ms / MPRAGE.echo_spacing_ms))
    return Mprage(
        tr_ms=1000 * tr_s, ti_ms=ti_ms, flip_deg=flip_deg, n_pulses=max(n_pulses, 1)
    )


def _is_thick(header: Mapping[str, Any]) -> bool:
    edges = header.get("VoxelSizeMm", [1.0])
    return bool(max(edges) > THICK * min(edges))
