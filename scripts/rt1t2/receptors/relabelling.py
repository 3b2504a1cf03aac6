"""Relabellings: which participants count as patients in each permutation."""

import zlib
from typing import Literal

import numpy as np

Scheme = Literal["free", "balanced"]


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a random generator for a group or a map, seeded by its name.

    Adding or removing another group or map then changes nothing in this one.
    """
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def allocate(
    is_patient: np.ndarray, n: int, scheme: Scheme, rng: np.random.Generator
) -> np.ndarray:
    """Draw who counts as a patient in each permutation.

    Parameters
    ----------
    is_patient
        (participants,) bool.
    n
        Number of permutations.
    scheme
        ``"free"`` draws the new patients from all participants. ``"balanced"`` (JuSpace)
        always takes round(n_patients^2 / n_participants) of them from the old patients
        and the rest from the controls, which makes the null distribution too narrow and
        p too small (Southworth, Kim and Owen 2009, 10.1089/cmb.2008.0144).

    Returns
    -------
    np.ndarray
        (n, participants) bool, with as many patients in each row as there are.
    """
    n_patients = int(is_patient.sum())
    allocations = np.zeros((n, is_patient.size), dtype=bool)
    everyone = np.arange(is_patient.size)
    if scheme == "free":
        draws = [(everyone, n_patients)]
    else:
        n_kept = int(np.floor(n_patients**2 / is_patient.size + 0.5))
        draws = [
            (everyone[is_patient], n_kept),
            (everyone[~is_patient], n_patients - n_kept),
        ]
    for pool, size in draws:
        order = rng.random((n, pool.size)).argsort(axis=1)[:, :size]
        np.put_along_axis(allocations, pool[order], True, axis=1)
    return allocations
