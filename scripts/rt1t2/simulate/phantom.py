"""Scan a simulated person: T1w and T2w as a scanner gives them, and the truth behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from rt1t2.simulate.pose import Warp, field_of_view, random_displacement, rigid
from rt1t2.simulate.scanner_effects import (
    bias_fields,
    rician,
    thick_slices,
    venous_sinuses,
)
from rt1t2.simulate.transmit_field import (
    Transmit,
    mixed_under,
    transmit_field,
    transmit_scale,
)
from rt1t2.template.ellipsoids import Point, soft_inside
from rt1t2.template.head_model import Head
from rt1t2.template.signals import (
    MPRAGE,
    TISSUES,
    TSE,
    T1wProtocol,
    Tse,
    tissue_signals,
)

AC_MNI_MM = (0.0, 2.0, -4.0)
# Field of view in mm and its centre relative to the template's origin.
T1W_SIZE_MM, T1W_CENTRE_MM = np.array([210.0, 246.0, 226.0]), np.array([0.0, -11, -15])
T2W_SIZE_MM, T2W_CENTRE_MM = np.array([210.0, 246.0, 208.0]), np.array([0.0, -11, -4])


class Effect(NamedTuple):
    """A soft sphere (template RAS mm) in which the ratio is lower by a share."""

    centre_mm: Point
    radius_mm: float
    decrease: float


class Lesion(NamedTuple):
    """A sphere of gliosis with an uneven edge (template RAS mm)."""

    centre_mm: Point
    radius_mm: float


@dataclass(frozen=True)
class Scan:
    """Two images as acquired, and everything that is true about them.

    Attributes
    ----------
    t1w, t2w
        Images in scanner units, each with its own affine (voxel to scanner RAS mm).
    truth_ratio
        Noise-free, bias-free, gain-free T1w / T2w on the T1w grid, flip angles as
        prescribed, planted effects included, in units of the signal equations; NaN where
        there is no T2w signal.
    lesion
        More than half gliosis, on the T1w grid.
    t2w_to_t1w
        Matrix that takes a T1w scanner point (RAS mm) to its T2w scanner point: what a
        registration of the T2w to the T1w has to find.
    bias_t1w, bias_t2w
        Multiplicative fields, each on its own grid.
    gain
        Scanner units per unit of the signal equations, T1w and T2w.
    signals
        The person's (T1w, T2w) signal of every tissue.
    warp
        The person's shape and pose relative to the template.
    head_affine
        Of the template-space volumes.
    b1_scale, b1
        Head-wide factor of the transmit field, and the field on the T1w grid; ``None``
        where flip angles are as prescribed.
    """

    t1w: np.ndarray
    t1w_affine: np.ndarray
    t2w: np.ndarray
    t2w_affine: np.ndarray
    truth_ratio: np.ndarray
    lesion: np.ndarray
    t2w_to_t1w: np.ndarray
    bias_t1w: np.ndarray
    bias_t2w: np.ndarray
    gain: tuple[float, float]
    signals: dict[str, tuple[float, float]]
    warp: Warp
    head_affine: np.ndarray
    b1_scale: float = 1.0
    b1: np.ndarray | None = None

    @property
    def world_to_template(self) -> np.ndarray:
        """T1w scanner RAS mm to template RAS mm, before the displacement."""
        return self.warp.world_to_template

    @property
    def displacement(self) -> np.ndarray:
        """Displacement in template space, mm, shape (3, i, j, k); see :class:`Warp`."""
        return self.warp.displacement

    @property
    def ac_mm(self) -> np.ndarray:
        """The anterior commissure, template point (0, 2, -4), in T1w scanner RAS mm."""
        return self.warp.from_template(AC_MNI_MM)

    def sample(
        self, volume: np.ndarray, order: int = 1, affine: np.ndarray | None = None
    ) -> np.ndarray:
        """Carry a template-space volume to the T1w grid with the true transform.

        ``affine`` is the volume's own; without it the volume is on the head's grid.
        """
        source = self.head_affine if affine is None else affine
        shape = self.t1w.shape
        return self.warp.sample([volume], source, self.t1w_affine, shape, order)[0]


def simulate_scan(
    head: Head,
    seed: int | Sequence[int],
    *,
    effects: Sequence[Effect] = (),
    lesions: Sequence[Lesion] = (),
    pattern: np.ndarray | None = None,
    t1w_voxel_mm: float | Point = 1.5,
    t2w_voxel_mm: Point = (0.9, 0.9, 4.0),
    t2w_gap_mm: float = 0.4,
    bias: bool = True,
    pose: bool = True,
    turn_deg: Point = (0.0, 0.0, 0.0),
    planes: tuple[str, str] = ("axial", "axial"),
    deformation_mm: float = 3.0,
    tissue_spread: Point = (0.03, 0.035, 0.02),
    snr: tuple[float, float] = (40.0, 45.0),
    t1w_protocol: T1wProtocol = MPRAGE,
    t2w_protocol: Tse = TSE,
    front_left: float = 1.0,
    plasma_gadolinium_mmol_per_l: float = 0.0,
    session: int = 0,
    transmit: Transmit | None = None,
) -> Scan:
    """Scan one person: own biology, shape, pose, gains, bias fields and noise.

    Parameters
    ----------
    head
        The anatomy that every person is a variation of.
    seed
        One seed, one person: the same seed gives the same scan.
    effects
        Effects on the ratio: T1w times sqrt(1 - decrease), T2w divided by it.
    pattern
        Further factor on the ratio, on the head's grid, split between T1w and T2w alike.
    t1w_voxel_mm
        Edge of its voxels; three numbers: in-plane voxel size and thickness of slices.
    t2w_voxel_mm, t2w_gap_mm
        In-plane voxel size and thickness of the T2w's slices, and the gap between them.
    bias, pose
        Whether to add receive-bias fields, and table position, tilt and head position.
    turn_deg
        Further turn of the head within the T1w's field of view, about x, y and z.
    planes
        Slices of T1w and T2w: axial, coronal or sagittal.
    deformation_mm
        SD of the person's shape about the template, per axis; 0 = the template itself.
    tissue_spread
        SD of ln T1, ln T2 and ln PD between people, in each tissue.
    snr
        White matter signal over noise SD, T1w and T2w.
    t1w_protocol
        The sequence of the T1w: fat, grey and white matter differ in another way.
    t2w_protocol
        Another one gives the wrong images of :mod:`rt1t2.template.signals`.
    front_left
        Share of both images' signal that a coil without elements at the forehead leaves
        there; it falls off over the frontal lobe.
    plasma_gadolinium_mmol_per_l
        Contrast agent during the T1w; venous sinuses are drawn into the head with it.
    session
        Above 0 the same person comes again: same biology and shape; position, gains, bias
        fields and noise are drawn anew.
    transmit
        How flip angles differ from those prescribed; ``None``: they do not.
    """
    biology, shape, position, coil, noise, b1 = np.random.default_rng(seed).spawn(6)
    spread = np.array(tissue_spread)
    scales = {name: tuple(np.exp(biology.normal(0, spread))) for name in TISSUES}
    signals = tissue_signals(
        scales, t2w_protocol, plasma_gadolinium_mmol_per_l, t1w_protocol
    )
    gain = tuple(
        10 ** biology.uniform(2.3, 2.9) / level for level in tissue_signals()["wm"]
    )
    if session:
        again = np.random.default_rng([*np.atleast_1d(seed).tolist(), session])
        position, coil, noise, scanner, b1 = again.spawn(5)
        gain = tuple(
            10 ** scanner.uniform(2.3, 2.9) / level for level in tissue_signals()["wm"]
        )
    warp, t2w_to_world, table_mm, tilts_deg = _person(
        shape, position, deformation_mm, pose, turn_deg
    )
    as_prescribed = _mix(head, signals)
    gliosis = _gliosis(head, lesions, biology)
    blood = venous_sinuses(head) if plasma_gadolinium_mmol_per_l else None
    factor = _ratio_factor(head, effects, pattern)
    truth = _finish(as_prescribed, signals, gliosis, blood, factor)
    scale, field, seen = 1.0, None, truth
    if transmit:
        scale = transmit_scale(transmit, b1)
        head_size = float(np.linalg.det(warp.world_to_template[:3, :3]) ** (-1 / 3))
        field = transmit_field(head.grid, transmit, scale, head_size)
        under = mixed_under(
            field,
            head,
            lambda b: tissue_signals(
                scales, t2w_protocol, plasma_gadolinium_mmol_per_l, t1w_protocol, b
            ),
        )
        seen = _finish(under, signals, gliosis, blood, factor)
    t1w, t2w = seen
    thick_t1w = np.ndim(t1w_voxel_mm) > 0
    t1w_affine, t1w_shape = field_of_view(
        table_mm + T1W_CENTRE_MM,
        T1W_SIZE_MM,
        np.broadcast_to(t1w_voxel_mm, 3),
        tilts_deg[0],
        planes[0],
    )
    spacing = (*t2w_voxel_mm[:2], t2w_voxel_mm[2] + t2w_gap_mm)
    t2w_affine, t2w_shape = field_of_view(
        table_mm + T2W_CENTRE_MM, T2W_SIZE_MM, spacing, tilts_deg[1], planes[1]
    )
    true_t1w, true_t2w, true_lesion = warp.sample(
        [*truth, gliosis], head.affine, t1w_affine, t1w_shape
    )
    t2w_warp = Warp(warp.world_to_template @ t2w_to_world, warp.displacement)
    slices = thick_slices(
        t2w, head.affine, t2w_warp, t2w_affine, t2w_shape, t2w_voxel_mm[2]
    )
    acquired_t1w, native_b1 = true_t1w, None
    if field is not None:
        acquired_t1w, native_b1 = warp.sample(
            [t1w, field], head.affine, t1w_affine, t1w_shape
        )
    if thick_t1w:
        acquired_t1w = thick_slices(
            t1w, head.affine, warp, t1w_affine, t1w_shape, np.ravel(t1w_voxel_mm)[-1]
        )
    fields = bias_fields(coil, (0.18, 0.14) if bias else (0.0, 0.0), front_left)
    bias_t1w = fields[0].on_grid(t1w_affine, t1w_shape, table_mm)
    bias_t2w = fields[1].on_grid(t2w_affine, t2w_shape, table_mm)
    noise_sd = [signals["wm"][i] / snr[i] for i in (0, 1)]
    has_signal = true_t2w > 0.01 * signals["wm"][1]
    ratio = np.where(has_signal, true_t1w / np.where(has_signal, true_t2w, 1), np.nan)
    return Scan(
        t1w=gain[0] * rician(acquired_t1w * bias_t1w, noise_sd[0], noise),
        t1w_affine=t1w_affine,
        t2w=gain[1] * rician(slices * bias_t2w, noise_sd[1], noise),
        t2w_affine=t2w_affine,
        truth_ratio=ratio.astype(np.float32),
        lesion=true_lesion > 0.5,
        t2w_to_t1w=np.linalg.inv(t2w_to_world),
        bias_t1w=bias_t1w,
        bias_t2w=bias_t2w,
        gain=cast(tuple[float, float], gain),
        signals=signals,
        warp=warp,
        head_affine=head.affine,
        b1_scale=scale,
        b1=native_b1,
    )


def _mix(
    head: Head, signals: dict[str, tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return T1w and T2w signal in every voxel of a head whose flip angles are right."""
    mixed = np.zeros((2, *head.grid.shape), np.float32)
    for name, share in head.fractions.items():
        for image in (0, 1):
            mixed[image] += np.float32(signals[name][image]) * share
    return mixed[0], mixed[1]


def _gliosis(
    head: Head, lesions: Sequence[Lesion], rng: np.random.Generator
) -> np.ndarray:
    """Return the share of lesion in every voxel of the head."""
    share: np.ndarray = np.zeros(head.grid.shape, np.float32)
    parenchyma = head.brain * (1 - head.fractions["csf"])
    for centre_mm, radius_mm in lesions:
        distance = head.grid.ellipsoid(centre_mm, (radius_mm,) * 3)
        uneven = distance + 0.18 * head.grid.noise(5, rng)
        share = np.maximum(share, soft_inside(uneven, 0.08) * parenchyma)
    return share


def _finish(
    mixed: tuple[np.ndarray, np.ndarray],
    signals: dict[str, tuple[float, float]],
    gliosis: np.ndarray,
    blood: np.ndarray | None,
    factor: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Put lesions, sinuses bright with contrast agent, and effects into both images."""
    t1w, t2w = (
        image * (1 - gliosis) + np.float32(level) * gliosis
        for image, level in zip(mixed, signals["lesion"], strict=True)
    )
    if blood is not None:
        t1w = t1w * (1 - blood) + np.float32(signals["blood"][0]) * blood
        t2w = t2w * (1 - blood)  # flow void
    root = np.sqrt(factor)
    return t1w * root, t2w / root


def _ratio_factor(
    head: Head, effects: Sequence[Effect], pattern: np.ndarray | None
) -> np.ndarray:
    factor = np.ones(head.grid.shape, np.float32) if pattern is None else pattern
    for centre_mm, radius_mm, decrease in effects:
        distance = head.grid.ellipsoid(centre_mm, (radius_mm,) * 3)
        inside = soft_inside(distance, 0.10) * head.brain
        factor = factor * (1 - np.float32(decrease) * inside)
    return factor


def _person(
    shape: np.random.Generator,
    position: np.random.Generator,
    deformation_mm: float,
    pose: bool,
    turn_deg: Point,
) -> tuple[Warp, np.ndarray, np.ndarray, np.ndarray]:
    """Draw shape and position: warp, T2w-to-T1w motion, table position, two tilts."""
    stretch = np.exp(shape.normal(0, 0.035 if deformation_mm else 0, 3))
    displacement = random_displacement(shape, deformation_mm)
    moved = 1.0 if pose else 0.0
    table_mm = moved * np.round(position.normal((0, 15, -10), (2, 8, 10)))
    in_coil = rigid(
        moved * position.normal(0, 4, 3),
        moved * np.clip(position.normal(0, 4, 3), -7, 7),
    )
    between_scans = rigid(
        moved * position.normal(0, 1, 3), moved * position.normal(0, 1.5, 3)
    )
    tilts_deg = moved * position.normal(0, (2.0, 0.7, 0.7), (2, 3))
    to_head = rigid(np.zeros(3), -table_mm)
    if np.any(turn_deg):
        about = rigid(np.zeros(3), T1W_CENTRE_MM)
        turned = about @ rigid(turn_deg, np.zeros(3)) @ np.linalg.inv(about)
        to_head = np.linalg.inv(turned) @ to_head
    warp = Warp(np.diag([*stretch, 1.0]) @ in_coil @ to_head, displacement)
    return warp, between_scans, table_mm, tilts_deg
