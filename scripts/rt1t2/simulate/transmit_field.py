"""The transmit field (B1+) of a simulated person: what it is, and what it does to every tissue."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rt1t2.template.ellipsoids import Grid
from rt1t2.template.head_model import Head

# Where flip angles are highest, and where the head ends (template RAS mm).
CENTRE_MM, RADII_MM = (0.0, -18.0, 2.0), (78.0, 98.0, 88.0)
FARTHEST = 1.2
RANGE = np.round(np.arange(0.4, 1.7, 0.025), 3)

Signals = dict[str, tuple[float, float]]


class Transmit(NamedTuple):
    """How the transmit field differs between places and people.

    Attributes
    ----------
    ln_scale_sd
        SD between scans of the logarithm of the head-wide factor.
    dome
        Field at the centre minus field at the rim, in a head of the template's size; about
        0.3 at 3 T. It grows with the square of the head's size, as path over wavelength.
    ln_scale_mean
        Of the head-wide factor: a group whose reference voltage is too low has it below 0.
    """

    ln_scale_sd: float = 0.04
    dome: float = 0.3
    ln_scale_mean: float = 0.0


def transmit_scale(transmit: Transmit, rng: np.random.Generator) -> float:
    """Draw a scan's head-wide factor."""
    return float(np.exp(rng.normal(transmit.ln_scale_mean, transmit.ln_scale_sd)))


def transmit_field(
    grid: Grid, transmit: Transmit, scale: float, head_size: float
) -> np.ndarray:
    """Return the flip angles as they are over those prescribed, on a template-space grid.

    b = scale (1 + dome size^2 (1/2 - r^2)), with r the distance from the centre relative to
    the head's surface, and ``head_size`` the person's length scale over the template's.
    """
    r = np.minimum(grid.ellipsoid(CENTRE_MM, RADII_MM), FARTHEST)
    field: np.ndarray = scale * (1 + transmit.dome * head_size**2 * (0.5 - r**2))
    return field.astype(np.float32)


def mixed_under(
    field: np.ndarray, head: Head, signals_at: Callable[[float], Signals]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the T1w and T2w signal of a head whose transmit field is ``field``.

    Parameters
    ----------
    field
        On the head's grid.
    signals_at
        The person's signals of every tissue at one transmit field.
    """
    curves = [signals_at(float(b)) for b in RANGE]
    mixed = np.zeros((2, *field.shape), np.float32)
    for name, share in head.fractions.items():
        some = share > 0
        for image in (0, 1):
            curve = [signals[name][image] for signals in curves]
            mixed[image][some] += share[some] * np.interp(field[some], RANGE, curve)
    return mixed[0], mixed[1]
