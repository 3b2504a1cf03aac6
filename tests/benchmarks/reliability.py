"""The reliability card on simulated repeated scans: python reliability.py [N] [--voxel-mm 2.5].

N simulated people are scanned twice with one protocol: own position, bias fields, gains, noise and
transmit field each time, own tissue and shape both times. Printed: the table of
results/qc/reliability.html, one line per calibration, with everybody a control: agreement with
the median of the others, left minus right of the parts of the brain, and intraclass correlations
of the median ratio of true tissue. About 40 s of one core per person.
"""

import argparse
import sys

import numpy as np
from ratio_error import correct, make_person

from rt1t2.qc.brain_parts import PAIRS, part_masks
from rt1t2.qc.calibration_check import METHODS, TISSUES, median_ratios
from rt1t2.qc.reliability import WHOLE, lookup, reliability_table
from rt1t2.qc.reliability_page import METHOD_NAMES, printed
from rt1t2.simulate.transmit_field import Transmit
from rt1t2.template.head_model import build_head
from rt1t2.tissue.levels_reference import build_reference

CRITERIA = ("icc_2_1", "icc_3_1", "retest_variation_percent")


def measured(n: int, voxel_mm: float, transmit: Transmit | None) -> list[str]:
    """Return the lines of the table."""
    head = build_head(voxel_mm)
    scans = {}
    for seed in range(n):
        for session in (0, 1):
            options = {"session": session, "transmit": transmit}
            person = make_person(head, seed, voxel_mm, **options)
            done = correct(person, "joint")
            pure = person.regions
            tissues = {"wm": pure["wm"], "gm": pure["gm"]}
            tissues["deep"] = pure["thalamus"] | pure["striatum"]
            tissues = {name: mask & done.brain for name, mask in tissues.items()}
            masks = tissues | part_masks(tissues, person.t1w.affine, np.eye(4))
            scans[f"{seed}-{session}"] = done, masks
    first = [f"{seed}-0" for seed in range(n)]
    reference = build_reference([scans[name][0].landmarks for name in first])
    ratios = {
        name: median_ratios(done.t1w, done.t2w, masks, done.landmarks, reference)
        for name, (done, masks) in scans.items()
    }
    people = [[f"{seed}-0", f"{seed}-1"] for seed in range(n)]
    found = lookup(reliability_table(ratios, first, first, people))
    lines = []
    for method in METHODS:
        cells = [
            printed(found[method, criterion, WHOLE])
            for criterion in ("agreement_r", "agreement_deviation_percent")
        ]
        bias = [found[method, "left_right_percent", pair]["value"] for pair in PAIRS]
        cells.append(" ".join(f"{value:+.1f}" for value in bias))
        for criterion in CRITERIA:
            cells.append(
                "; ".join(printed(found[method, criterion, t]) for t in TISSUES)
            )
        lines.append(f"| {METHOD_NAMES[method]} | {' | '.join(cells)} |\n")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("people", nargs="?", type=int, default=6)
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    parser.add_argument("--no-transmit", action="store_true")
    chosen = parser.parse_args()
    transmit = None if chosen.no_transmit else Transmit()
    headings = (
        "calibration",
        "r",
        "deviation, %",
        f"left - right, %: {', '.join(PAIRS)}",
    )
    headings += tuple(f"{name}: {', '.join(TISSUES)}" for name in CRITERIA)
    sys.stdout.write(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}\n")
    for line in measured(chosen.people, chosen.voxel_mm, transmit):
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
