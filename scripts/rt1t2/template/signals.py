"""Tissue parameters at 3 T and the T1w and T2w signals they give.

T1w: MPRAGE, and the two-dimensional gradient echo and spin echo of clinical exams; T2w: TSE.
Also the wrong images that a T1w or T2w is mistaken for: FLAIR, proton density and
fat-suppressed TSE by their timing, a T1w after gadolinium by shorter T1.
"""

from typing import NamedTuple

import numpy as np


class Tissue(NamedTuple):
    """Relaxation times in ms, proton density relative to water, TSE attenuation."""

    t1_ms: float
    t2_ms: float
    t2_star_ms: float
    proton_density: float
    magnetisation_transfer: float = 1.0


# WM, GM, CSF and bone: public 3 T tables; the others: typical published values.
TISSUES = {
    "air": Tissue(1.0, 1.0, 1.0, 0.0),
    "csf": Tissue(4160, 1500, 800, 1.00),
    "gm": Tissue(1330, 99, 66, 0.83, 0.92),
    "wm": Tissue(840, 78, 53, 0.71, 0.87),
    "thalamus": Tissue(1080, 82, 52, 0.79, 0.90),
    "striatum": Tissue(1220, 80, 46, 0.83, 0.89),
    "pallidum": Tissue(900, 58, 30, 0.76, 0.86),
    "stem": Tissue(930, 80, 50, 0.74, 0.88),
    "bone": Tissue(300, 1, 0.5, 0.15),
    "marrow": Tissue(480, 70, 12, 0.70),
    "muscle": Tissue(1330, 34, 24, 0.80, 0.80),
    "temporalis": Tissue(1330, 34, 24, 0.80, 0.80),
    # 110 ms by spin echo; J-coupling makes fat look 1.25 times as long on a TSE train
    "fat": Tissue(370, 137.5, 40, 0.72),
    "skin": Tissue(950, 30, 15, 0.70, 0.90),
    "vitreous": Tissue(4200, 1200, 600, 0.98),
    "lens": Tissue(1100, 28, 20, 0.65, 0.90),
    "lesion": Tissue(2200, 240, 150, 0.92),
}

# Venous blood at 3 T; no tissue of the head model unless a contrast agent is simulated.
BLOOD = Tissue(1650, 45, 21, 0.85)

# Relaxivity of gadoterate at 3 T (doi:10.1097/01.rli.0000184756.66360.d3), and the share of
# the plasma's concentration in a tissue minutes later: its extracellular volume.
RELAXIVITY_PER_S_MMOL = 3.5
EXTRACELLULAR_SHARE = {
    "blood": 0.55,
    "muscle": 0.15,
    "temporalis": 0.15,
    "skin": 0.4,
    "marrow": 0.2,
}
FATTY = ("fat", "marrow")


class Mprage(NamedTuple):
    """Timing of an inversion-prepared train of spoiled low-flip-angle pulses.

    ``fat_left`` is the share of the fat's signal that water excitation or a fat saturation
    leaves; so it is in the other sequences.
    """

    tr_ms: float = 2300
    ti_ms: float = 900
    te_ms: float = 3.0
    flip_deg: float = 9.0
    echo_spacing_ms: float = 7.1
    n_pulses: int = 176
    inversion_efficiency: float = 0.96
    fat_left: float = 1.0


class Flash(NamedTuple):
    """Timing of a spoiled gradient echo without preparation."""

    tr_ms: float = 250
    te_ms: float = 2.7
    flip_deg: float = 80.0
    fat_left: float = 1.0


class SpinEcho(NamedTuple):
    """Timing of a spin echo with one refocusing pulse."""

    tr_ms: float = 600
    te_ms: float = 12
    fat_left: float = 1.0


class Tse(NamedTuple):
    """Timing of a turbo spin echo; ``ti_ms`` 0: without an inversion before it."""

    tr_ms: float = 5000
    te_ms: float = 100
    echo_train_length: int = 15
    echo_spacing_ms: float = 10
    ti_ms: float = 0
    inversion_efficiency: float = 0.96
    fat_left: float = 1.0


T1wProtocol = Mprage | Flash | SpinEcho

MPRAGE, TSE = Mprage(), Tse()
WATER_EXCITATION_MPRAGE = Mprage(fat_left=0.2)
FLASH_2D = Flash()
SPIN_ECHO_T1W = SpinEcho()
FLAIR = Tse(tr_ms=9000, te_ms=120, ti_ms=2500)
PROTON_DENSITY = Tse(tr_ms=3000, te_ms=12, echo_train_length=5)
FAT_SUPPRESSED_TSE = Tse(fat_left=0.1)


def mprage_signal(tissue: Tissue, protocol: Mprage = MPRAGE) -> float:
    """Return the MPRAGE signal at the k-space centre, relative to water magnetisation.

    Exact periodic steady state of inversion, delay, a train of N spoiled pulses, and
    recovery. With E = exp(-ES / T1) and c = cos(flip) a train takes the magnetisation M
    to q M + s, where q = (E c)^N and s = (1 - E) (1 - q) / (1 - E c).
    """
    t1, flip = tissue.t1_ms, np.deg2rad(protocol.flip_deg)
    decay = np.exp(-protocol.echo_spacing_ms / t1)
    per_pulse = decay * np.cos(flip)
    driven = (1 - decay) / (1 - per_pulse)  # steady state of an endless train
    q = per_pulse**protocol.n_pulses
    s = driven * (1 - q)
    train_ms = protocol.n_pulses * protocol.echo_spacing_ms
    before = np.exp(-(protocol.ti_ms - train_ms / 2) / t1)
    after = np.exp(-(protocol.tr_ms - protocol.ti_ms - train_ms / 2) / t1)
    inverted = ((1 - before) * q * after + s * after + 1 - after) / (
        1 + protocol.inversion_efficiency * before * q * after
    )
    at_start = -protocol.inversion_efficiency * inverted * before + 1 - before
    q_half = per_pulse ** (protocol.n_pulses / 2)
    at_centre = q_half * at_start + driven * (1 - q_half)
    echo = np.sin(flip) * np.exp(-protocol.te_ms / tissue.t2_star_ms)
    return float(tissue.proton_density * abs(at_centre) * echo)


def flash_signal(tissue: Tissue, protocol: Flash = FLASH_2D) -> float:
    """Return the spoiled gradient-echo signal, relative to water magnetisation.

    Steady state of Ernst and Anderson 1966, 10.1063/1.1719961: with E = exp(-TR / T1),
    S = PD sin(flip) (1 - E) / (1 - E cos(flip)) exp(-TE / T2*).
    """
    flip, decay = np.deg2rad(protocol.flip_deg), np.exp(-protocol.tr_ms / tissue.t1_ms)
    steady = np.sin(flip) * (1 - decay) / (1 - decay * np.cos(flip))
    return float(
        tissue.proton_density * steady * np.exp(-protocol.te_ms / tissue.t2_star_ms)
    )


def spin_echo_signal(tissue: Tissue, protocol: SpinEcho = SPIN_ECHO_T1W) -> float:
    """Return the spin-echo signal, relative to water magnetisation.

    The refocusing pulse at TE / 2 turns what has recovered until then upside down:
    S = PD (1 - 2 exp(-(TR - TE / 2) / T1) + exp(-TR / T1)) exp(-TE / T2). Magnetisation
    transfer is left out: one refocusing pulse per TR gives little of it.
    """
    until_refocused = np.exp(-(protocol.tr_ms - protocol.te_ms / 2) / tissue.t1_ms)
    recovered = 1 - 2 * until_refocused + np.exp(-protocol.tr_ms / tissue.t1_ms)
    return float(
        tissue.proton_density * recovered * np.exp(-protocol.te_ms / tissue.t2_ms)
    )


def t1w_signal(tissue: Tissue, protocol: T1wProtocol = MPRAGE) -> float:
    """Return the signal of a T1w sequence, relative to water magnetisation."""
    if isinstance(protocol, Flash):
        return flash_signal(tissue, protocol)
    if isinstance(protocol, SpinEcho):
        return spin_echo_signal(tissue, protocol)
    return mprage_signal(tissue, protocol)


def tse_signal(tissue: Tissue, protocol: Tse = TSE) -> float:
    """Return the turbo-spin-echo signal, relative to water magnetisation.

    S = PD MT |M| exp(-TE_eff / T2). The train leaves no longitudinal magnetisation, so
    M = 1 - exp(-(TR - ETL ESP) / T1). With an inversion of efficiency f the magnetisation
    M' = 1 - exp(-(TR - TI - ETL ESP) / T1) before it becomes -f M', and
    M = 1 - (1 + f M') exp(-TI / T1).
    """
    train_ms = protocol.echo_train_length * protocol.echo_spacing_ms
    recovered = 1 - np.exp(-(protocol.tr_ms - protocol.ti_ms - train_ms) / tissue.t1_ms)
    if protocol.ti_ms:
        inverted = 1 + protocol.inversion_efficiency * recovered
        recovered = abs(1 - inverted * np.exp(-protocol.ti_ms / tissue.t1_ms))
    return float(
        tissue.proton_density
        * tissue.magnetisation_transfer
        * recovered
        * np.exp(-protocol.te_ms / tissue.t2_ms)
    )


def tissue_signals(
    scales: dict[str, tuple[float, float, float]] | None = None,
    t2w: Tse = TSE,
    plasma_mmol_per_l: float = 0.0,
    t1w: T1wProtocol = MPRAGE,
) -> dict[str, tuple[float, float]]:
    """Return the (T1w, T2w) signal of every tissue, and of blood.

    Parameters
    ----------
    scales
        Factors on T1, T2 and proton density of single tissues: one person's biology.
    t1w, t2w
        What is acquired as T1w and as T2w.
    plasma_mmol_per_l
        Gadolinium in the plasma during the T1w: 1 / T1 grows by relaxivity times
        concentration. About 0.6 mmol/L five minutes after 0.1 mmol/kg.
    """
    scales = scales or {}
    signals = {}
    for name, tissue in (TISSUES | {"blood": BLOOD}).items():
        t1, t2, density = scales.get(name, (1.0, 1.0, 1.0))
        person = tissue._replace(
            t1_ms=tissue.t1_ms * t1,
            t2_ms=tissue.t2_ms * t2,
            proton_density=tissue.proton_density * density,
        )
        agent = EXTRACELLULAR_SHARE.get(name, 0.0) * plasma_mmol_per_l
        rate = 1 / person.t1_ms + RELAXIVITY_PER_S_MMOL * agent / 1000
        in_t1w = person._replace(t1_ms=1 / rate) if agent else person
        left = (t1w.fat_left, t2w.fat_left) if name in FATTY else (1.0, 1.0)
        signals[name] = (
            left[0] * t1w_signal(in_t1w, t1w),
            left[1] * tse_signal(person, t2w),
        )
    return signals
