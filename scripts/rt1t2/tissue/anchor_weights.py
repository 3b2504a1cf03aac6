"""How far each reference tissue may set the scale of an image: by what the physics says of it.

The level of a tissue k in image i is, in logarithms, g_i + s_ki beta + e_ki: the gain of the
image, what the transmit field b (beta = ln b) does to the tissue, and what is the person's
own. The parenchyma is moved by g_i + p_i beta. From the levels of the anchors the best linear
unbiased predictor of that sum (Robinson 1991, 10.1214/ss/1177011926) takes all g_i as unknown
and beta as drawn with a wide prior, so that what the transmit field does hardly enters, and
leaves as little as possible of e. Its weights follow from the signal equations at the scan's
own times and flip angle.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from rt1t2.template.signals import TISSUES, t1w_signal, tse_signal
from rt1t2.tissue.assumed_sequence import Sequences

IMAGES = ("t1w", "t2w")
# SD between people of ln T1, ln T2 and ln PD of one tissue, as the phantom's.
TISSUE_SPREAD = (0.03, 0.035, 0.02)
# SD with which a level is measured: of itself, and of the image's white matter (a dark level
# is measured worse; 2-6 % on phantoms with bias fields, noise and thick slices).
MEASURED, MEASURED_OF_WM = 0.02, 0.01
PARENCHYMA = ("wm", "gm", "thalamus")
CSF_IMPURITY = 0.1  # share of grey matter in what is measured as CSF
# SD of ln b between scans: what it is, for the gauge; wide, for the scale.
USUAL_SD, WIDE_SD = 0.04, 0.1
STEP = 0.02


class AnchorWeights(NamedTuple):
    """Weights of the anchors' log levels, shape (..., anchors, 2 images).

    Attributes
    ----------
    anchors
        Names, in the order of the weights.
    scale
        Shape (2, anchors, 2): what moved the parenchyma of the T1w and of the T2w. Weights of
        the own image sum to 1, of the other image to 0.
    gauge
        Shape (anchors, 2): ln b, shrunk by its own error. All weights of an image sum to 0;
        all are 0 where nothing tells it.
    """

    anchors: tuple[str, ...]
    scale: np.ndarray
    gauge: np.ndarray

    def moved(self, classes: Mapping[str, Any]) -> np.ndarray:
        """Return ln of what moved the parenchyma of T1w and T2w, from levels; shape (2,)."""
        moved: np.ndarray = np.einsum("ikj,kj->i", self.scale, self._logs(classes))
        return moved

    def ln_b1(self, classes: Mapping[str, Any]) -> float:
        """Return ln b from levels, up to a constant that all scans of a protocol share."""
        return float(np.sum(self.gauge * self._logs(classes)))

    def as_json(self) -> dict[str, Any]:
        """Return image -> anchor -> image -> weight."""
        return {
            image: {
                name: dict(zip(IMAGES, row, strict=True))
                for name, row in zip(self.anchors, rows.tolist(), strict=True)
            }
            for image, rows in zip(IMAGES, self.scale, strict=True)
        }

    def _logs(self, classes: Mapping[str, Any]) -> np.ndarray:
        levels = [[classes[name][image] for image in IMAGES] for name in self.anchors]
        logs: np.ndarray = np.log(levels)
        return logs


def equal_weights(anchors: tuple[str, ...]) -> AnchorWeights:
    """Return weights that are the same for every anchor and leave the other image out."""
    scale = np.tile(np.eye(2)[:, None] / len(anchors), (1, len(anchors), 1))
    return AnchorWeights(anchors, scale, np.zeros((len(anchors), 2)))


def sensitivities(name: str, sequences: Sequences) -> np.ndarray:
    """Return the derivatives of a tissue's log signals, shape (2 images, 4).

    By ln b, ln T1, ln T2 and ln PD, over a step of 2 % to both sides.
    """
    factors = np.exp(STEP * np.concatenate([np.eye(4), -np.eye(4)]))
    logs = np.array([log_signals(name, sequences, *f) for f in factors])
    derivatives: np.ndarray = (logs[:4] - logs[4:]).T / (2 * STEP)
    return derivatives


def anchor_weights(
    sequences: Sequences,
    anchors: tuple[str, ...],
    dark_fat: Collection[str] = (),
) -> AnchorWeights:
    """Return the weights with which anchors set the scale and tell the transmit field.

    Parameters
    ----------
    sequences
        Times and flip angles of the scan (:func:`~rt1t2.tissue.assumed_sequence.sequences_of`).
    anchors
        Of csf, fat and muscle. For every image there must be one that is not dark.
    dark_fat
        Images ("t1w", "t2w") in which fat is dark: its level there gets the weight 0.
    """
    white = log_signals("wm", sequences)
    by_b, own = np.zeros(2 * len(anchors)), np.zeros((2 * len(anchors),) * 2)
    for k, name in enumerate(anchors):
        derivatives, both = sensitivities(name, sequences), slice(2 * k, 2 * k + 2)
        by_b[both] = derivatives[:, 0]
        spread = derivatives[:, 1:] * TISSUE_SPREAD
        relative = np.exp(log_signals(name, sequences) - white)
        measured = np.hypot(MEASURED, MEASURED_OF_WM / relative)
        own[both, both] = spread @ spread.T + np.diag(measured**2)
    seen = [not (n == "fat" and i in dark_fat) for n in anchors for i in IMAGES]
    levels = np.tile(np.eye(2), (len(anchors), 1))[seen], by_b[seen]
    among = own[np.ix_(seen, seen)]
    parenchyma = np.mean(
        [sensitivities(p, sequences)[:, 0] for p in PARENCHYMA], axis=0
    )
    of_gain, of_b = _predictors(*levels, among, WIDE_SD)
    scale, gauge = np.zeros((2, len(seen))), np.zeros(len(seen))
    scale[:, seen] = of_gain + np.outer(parenchyma, of_b)
    gauge[seen] = _predictors(*levels, among, USUAL_SD)[1]
    shape = len(anchors), 2
    return AnchorWeights(anchors, scale.reshape(2, *shape), gauge.reshape(shape))


def _predictors(
    gains: np.ndarray, by_b: np.ndarray, own: np.ndarray, sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the generalised least-squares gains, and of the predicted ln b."""
    precision = np.linalg.inv(own + sd**2 * np.outer(by_b, by_b))
    of_gain = np.linalg.solve(gains.T @ precision @ gains, gains.T @ precision)
    residual = np.eye(len(by_b)) - gains @ of_gain
    return of_gain, sd**2 * by_b @ precision @ residual


def log_signals(
    name: str,
    sequences: Sequences,
    b1: float = 1.0,
    t1: float = 1.0,
    t2: float = 1.0,
    density: float = 1.0,
) -> np.ndarray:
    """Return the log signals in T1w and T2w of what is measured as a tissue.

    Parameters
    ----------
    name
        Of ``TISSUES``; ``"csf"`` is measured with some grey matter in it.
    sequences
        Times and flip angles.
    b1
        Flip angles over those prescribed.
    t1, t2, density
        Factors on the tissue's constants.
    """
    shares = {name: 1.0}
    if name == "csf":
        shares = {"csf": 1 - CSF_IMPURITY, "gm": CSF_IMPURITY}
    signals = np.zeros(2)
    for part, share in shares.items():
        tissue = TISSUES[part]
        if part == name:
            tissue = tissue._replace(
                t1_ms=tissue.t1_ms * t1,
                t2_ms=tissue.t2_ms * t2,
                proton_density=tissue.proton_density * density,
            )
        t1w = t1w_signal(tissue, sequences.t1w, b1)
        signals += share * np.array([t1w, tse_signal(tissue, sequences.t2w, b1)])
    logs: np.ndarray = np.log(signals)
    return logs
