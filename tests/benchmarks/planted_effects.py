"""Whether true effects survive bias correction and calibration: python planted_effects.py [N].

The same simulated people are scanned without an effect, with a ratio 10 % lower in the left
thalamus, with one 5 % higher in the whole brain's tissue, with one 10 % lower in the brain's
front half alone (which a smooth bias field can imitate), and with two thirds of the CSF
under the skull replaced by bone (no effect on the ratio). The controls are the scans
without effects; the difference of a person's two maps is compared with the truth.
"""

import argparse
import dataclasses
import sys

import numpy as np
from ratio_error import BIAS, correct, make_person, region_ratios

from rt1t2.simulate.phantom import Effect
from rt1t2.simulate.transmit_field import Transmit
from rt1t2.template.head_model import Head, build_head

METHODS = ("weighted", "affine", "nonlinear")
VOXEL_MM = 2.5
THALAMUS = Effect((-8.0, -23.0, 12.0), 16.1, 0.10)
MIDDLE_Y_MM = -18.0  # half of the brain lies in front
TISSUE = ("gm", "wm", "thalamus", "striatum", "pallidum", "stem")


def regions(head: Head) -> dict[str, np.ndarray]:
    left, front = head.grid.axes[0] < 0, head.grid.axes[1] > MIDDLE_Y_MM
    part = head.fractions
    return {
        "wm": part["wm"],
        "gm": part["gm"],
        "left thalamus": part["thalamus"] * left,
        "front wm": part["wm"] * front,
        "back wm": part["wm"] * ~front,
    }


def thin_film(head: Head) -> Head:
    """Return the head with little CSF between brain and skull."""
    moved = np.where(head.brain, 0, head.fractions["csf"] * np.float32(2 / 3))
    part = dict(head.fractions)
    part["csf"], part["bone"] = part["csf"] - moved, part["bone"] + moved
    return dataclasses.replace(head, fractions=part)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=4)
    parser.add_argument("--bias", nargs="+", choices=BIAS, default=("joint",))
    parser.add_argument("--b1", action="store_true", help="with a transmit field")
    parser.add_argument("--only", help="one effect, by the start of its name")
    chosen = parser.parse_args()
    head = build_head(VOXEL_MM)
    tissue = sum(head.fractions[name] for name in TISSUE)
    front = head.grid.axes[1] > MIDDLE_Y_MM
    planted = {
        "none": {},
        "thalamus -10 %": {"effects": [THALAMUS]},
        "brain +5 %": {"pattern": (1 + 0.05 * tissue).astype("f4")},
        "front -10 %": {"pattern": (1 - 0.10 * tissue * front).astype("f4")},
        "thin CSF": {"own_head": thin_film(head)},
    }
    if chosen.only:
        kept = ("none", chosen.only)
        planted = {n: o for n, o in planted.items() if n.startswith(kept)}
    field = Transmit() if chosen.b1 else None
    people = {
        name: [
            make_person(head, seed, VOXEL_MM, regions(head), transmit=field, **options)
            for seed in range(chosen.people)
        ]
        for name, options in planted.items()
    }
    truth = {
        name: np.array([list(p.truth.values()) for p in scanned])
        for name, scanned in people.items()
    }
    for bias in chosen.bias:
        done = {
            name: [correct(p, bias) for p in scanned]
            for name, scanned in people.items()
        }
        for method in METHODS:
            ratios = {
                name: region_ratios(people[name], done[name], method, done["none"])
                for name in planted
            }
            for name in list(planted)[1:]:
                found = 100 * (ratios[name] / ratios["none"] - 1)
                wanted = 100 * (truth[name] / truth["none"] - 1)
                row = ", ".join(
                    f"{region} {f.mean():+.1f} +- {f.std(ddof=1):.1f} (true {w.mean():+.1f})"
                    for region, f, w in zip(
                        regions(head), found.T, wanted.T, strict=True
                    )
                )
                sys.stdout.write(f"{bias} {method}: {name}: {row}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
