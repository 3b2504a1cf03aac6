"""The simulated cohort: the stored head, who gets which effect, what is true of a scan."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.simulate.phantom import Effect, Lesion, Scan
from rt1t2.simulate.transmit_field import Transmit
from rt1t2.template.head_model import CLASSES, Head


def save_head(head: Head, path: str | Path) -> None:
    """Store a head; fractions to three digits."""
    fractions: dict[str, Any] = {  # as keywords they may not be arrays alone
        name: f.astype(np.float16) for name, f in head.fractions.items()
    }
    np.savez_compressed(path, brain=head.brain, voxel_mm=head.voxel_mm, **fractions)


def load_head(path: str | Path) -> Head:
    """Read a head that :func:`save_head` stored."""
    with np.load(path) as stored:
        fractions = {name: stored[name].astype(np.float32) for name in CLASSES}
        return Head(fractions, stored["brain"], float(stored["voxel_mm"]))


def participant_seed(seed: int, participant_id: str) -> list[int]:
    """Return the seed of one participant, the same whoever else is in the table."""
    return [seed, zlib.crc32(participant_id.encode())]


def planted_effects(simulation: dict[str, Any], group: str) -> list[Effect]:
    """Return the group effect of the config's ``simulation.effect``, if it is this group's."""
    effect = simulation["effect"]
    if effect["group"] != group:
        return []
    centre = tuple(effect["centre_mm"])
    return [Effect(centre, effect["radius_mm"], effect["decrease"])]


def planted_lesions(simulation: dict[str, Any], participant_id: str) -> list[Lesion]:
    """Return the participant's lesion of the config's ``simulation.lesions``, if any."""
    lesion = simulation["lesions"].get(participant_id)
    return [Lesion(tuple(lesion["centre_mm"]), lesion["radius_mm"])] if lesion else []


def planted_transmit(simulation: dict[str, Any]) -> Transmit | None:
    """Return the transmit field of the config's ``simulation.transmit_field``, if any."""
    field = simulation.get("transmit_field")
    return Transmit(field["ln_scale_sd"], field["dome"]) if field else None


def truth_of(scan: Scan, simulation: dict[str, Any], group: str) -> dict[str, Any]:
    """Return everything that is known about a simulated scan, for its truth.json."""
    pattern = simulation["receptor_pattern"]
    patterned = group in pattern["groups"]
    t1w_voxel_ml = abs(np.linalg.det(scan.t1w_affine[:3, :3])) / 1000
    return {
        "Gain": {"T1w": scan.gain[0], "T2w": scan.gain[1]},
        "Signals": {
            name: {"T1w": t1w, "T2w": t2w} for name, (t1w, t2w) in scan.signals.items()
        },
        "TransmitScale": scan.b1_scale,
        "t2w_to_t1w": scan.t2w_to_t1w,
        "ac_mm": scan.ac_mm,
        "AnteriorCommissureTemplate_mm": [0, 2, -4],
        "world_to_template": scan.world_to_template,
        "DisplacementSD_mm": scan.displacement.std(axis=(1, 2, 3)),
        "LesionVolume_mL": float(scan.lesion.sum() * t1w_voxel_ml),
        "Effects": [
            {
                "Centre_mm": effect.centre_mm,
                "Radius_mm": effect.radius_mm,
                "Decrease": effect.decrease,
            }
            for effect in planted_effects(simulation, group)
        ],
        "ReceptorPattern": {
            "Map": pattern["map"] if patterned else None,
            "Amplitude": pattern["amplitude"] if patterned else 0.0,
        },
    }
