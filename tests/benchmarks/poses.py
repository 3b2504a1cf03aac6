"""Heads in any pose: python poses.py [N] [--turn-deg 30] [--real FOLDER].

Simulated people (own anatomy, gains, noise, bias fields, thick T2w slices, movement between
the scans) in random positions: turned up to --turn-deg about every axis and shifted up to 40 mm
along it, scanned in axial, coronal or sagittal slices, stored with permuted and reversed axes.
Of every second one the slices follow the head (an oblique scan); the others turn in the field
of view. The pipeline's own steps find the commissure, the template and the T2w.

--real names a folder of real pairs (*/T1W.nii.gz, */T2W.nii.gz) and tests those instead: their
headers are moved like that, the T2w's also on its own, and the result has to move along.
About 8 CPU s per head.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nibabel as nib
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from rt1t2.conform.origin import AC_TEMPLATE_MM, Origin, find_origin
from rt1t2.conform.participant import register_t2w
from rt1t2.conform.resample import conform_t1w
from rt1t2.conform.t2w_alignment import resample_t2w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume
from rt1t2.simulate.phantom import Scan, simulate_scan
from rt1t2.simulate.pose import PLANES, rigid
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.template_head import TemplateHead

SEED = 6
SHIFT_MM = 40.0
VOXEL_MM = 3.0  # of the conformed images; the registrations reduce them to it anyway
HEADS = 4  # simulated skulls, none of them the template's
LEFT_MM = np.array([-45.0, -20.0, 5.0])  # a point of the left hemisphere, template RAS
# Mean over the brain that counts as a failure. The nearest affine of a simulated head is 2.5 mm
# off, by its shape, and the nonlinear step comes from there to 1 mm; a real head's affine, in
# any pose, has to stay as near to the one found without any movement.
FAR_MM = {"simulated": 6.0, "real": 3.0}


@dataclass(frozen=True)
class Case:
    """A pair of scans, points of its brain, and where they belong.

    Attributes
    ----------
    ac_mm, left_mm
        The commissure and :data:`LEFT_MM`, in T1w scanner RAS mm.
    brain_mm, in_template_mm, in_t2w_mm
        The same points (n, 3) of the brain in the spaces of T1w, template and T2w, RAS mm.
    """

    kind: str
    t1w: Volume
    t2w: Volume
    ac_mm: np.ndarray
    left_mm: np.ndarray
    brain_mm: np.ndarray
    in_template_mm: np.ndarray
    in_t2w_mm: np.ndarray


@dataclass(frozen=True)
class PosedScan:
    """A simulated person in a random position.

    Attributes
    ----------
    scan
        In its own position.
    moved
        4x4, RAS mm of the scan to where its headers say that it lies.
    t1w, t2w
        As stored there, axes permuted and reversed.
    """

    scan: Scan
    moved: np.ndarray
    t1w: Volume
    t2w: Volume


def posed_scan(
    heads: list[Head],
    number: int,
    turn_deg: float,
    change: Callable[[Scan, Head], Scan] = lambda scan, _: scan,
) -> PosedScan:
    """Simulate one person; ``change`` is done to the scan before it is moved."""
    rng = np.random.default_rng((SEED, number))
    turn = rng.uniform(-turn_deg, turn_deg, 3)
    shift = rng.uniform(-SHIFT_MM, SHIFT_MM, 3)
    oblique = number % 2 == 1
    head = heads[number % len(heads)]
    scan = simulate_scan(
        head,
        (SEED, number),
        t1w_voxel_mm=2.5,
        t2w_voxel_mm=(1.5, 1.5, 4.0),
        turn_deg=(0, 0, 0) if oblique else turn,
        planes=tuple(rng.choice(list(PLANES), 2)),
    )
    scan = change(scan, head)
    moved = rigid(turn if oblique else np.zeros(3), shift)
    t1w = stored(scan.t1w, moved @ scan.t1w_affine, rng)
    return PosedScan(scan, moved, t1w, stored(scan.t2w, moved @ scan.t2w_affine, rng))


def simulated_case(heads: list[Head], number: int, turn_deg: float) -> Case:
    """Simulate one person in a random position, with points of the brain."""
    posed = posed_scan(heads, number, turn_deg)
    scan, moved = posed.scan, posed.moved
    head = heads[number % len(heads)]
    brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)[::97]
    brain_mm = apply(scan.t1w_affine, brain.astype(float))
    return Case(
        "simulated",
        posed.t1w,
        posed.t2w,
        apply(moved, scan.warp.from_template(AC_TEMPLATE_MM)),
        apply(moved, scan.warp.from_template(LEFT_MM)),
        apply(moved, brain_mm),
        scan.warp.to_template(scan.t1w_affine, brain.T.astype(np.float32)).T,
        apply(moved @ scan.t2w_to_t1w, brain_mm),
    )


def stored(data: np.ndarray, affine: np.ndarray, rng: np.random.Generator) -> Volume:
    """Permute and reverse the axes of an image at random; its points stay where they are."""
    orientation = np.c_[rng.permutation(3), rng.choice((-1, 1), 3)]
    back = nib.orientations.inv_ornt_aff(orientation, data.shape)
    return Volume(nib.apply_orientation(data, orientation), affine @ back)


def moved_case(case: Case, rng: np.random.Generator, turn_deg: float) -> Case:
    """Move a real head, and its T2w a little on its own, by their headers."""
    moved = rigid(
        rng.uniform(-turn_deg, turn_deg, 3), rng.uniform(-SHIFT_MM, SHIFT_MM, 3)
    )
    t2w_moved = moved @ rigid(rng.normal(0, 3, 3), rng.normal(0, 3, 3))
    return Case(
        case.kind,
        stored(case.t1w.data, moved @ case.t1w.affine, rng),
        stored(case.t2w.data, t2w_moved @ case.t2w.affine, rng),
        apply(moved, case.ac_mm),
        apply(moved, case.left_mm),
        apply(moved, case.brain_mm),
        case.in_template_mm,
        apply(t2w_moved, case.in_t2w_mm),
    )


def real_case(folder: Path, template: TemplateHead, brain_mm: np.ndarray) -> Case:
    """Take what is found without any movement as the truth for a real head."""
    t1w, t2w = (Volume.load(folder / f"T{i}W.nii.gz") for i in (1, 2))
    origin, to_t2w, _ = process(t1w, t2w, template, folder.name)
    to_t1w = origin.alignment.template.matrix
    return Case(
        "real",
        t1w,
        t2w,
        origin.ac_mm,
        apply(to_t1w, LEFT_MM),
        apply(to_t1w, brain_mm),
        brain_mm,
        apply(to_t2w, apply(origin.template_to_t1w, brain_mm)),
    )


def process(
    t1w: Volume, t2w: Volume, template: TemplateHead, name: str
) -> tuple[Origin, np.ndarray, Volume]:
    """Return the origin, AC-centred T1w to T2w, and the conformed T1w."""
    origin = find_origin(t1w, t2w, template, name, None)
    conformed, _ = conform_t1w(t1w, origin.ac_mm, VOXEL_MM)
    _, to_t2w, _ = register_t2w(conformed, t2w, template, origin, name)
    return origin, to_t2w, conformed


def test(case: Case, template: TemplateHead, name: str) -> dict[str, float]:
    """Give errors in mm, whether left became right in T1w or T2w, and CPU seconds."""
    start = time.process_time()
    origin, to_t2w, conformed = process(case.t1w, case.t2w, template, name)
    seconds = time.process_time() - start
    from_t1w = np.linalg.inv(origin.template_to_t1w)
    centred = case.brain_mm - origin.ac_mm
    t2w_error = np.linalg.norm(apply(to_t2w, centred) - case.in_t2w_mm, axis=1)
    brain_error = np.linalg.norm(apply(from_t1w, centred) - case.in_template_mm, axis=1)
    with_one = np.c_[centred, np.ones(len(centred))]
    best = with_one @ np.linalg.lstsq(with_one, case.in_template_mm)[0]
    in_t2w = apply(to_t2w, case.left_mm - origin.ac_mm)
    marks = (
        conform_t1w(mark(case.t1w, case.left_mm), origin.ac_mm, VOXEL_MM)[0],
        resample_t2w(mark(case.t2w, in_t2w), conformed, to_t2w)[0],
    )
    peaks = [np.unravel_index(np.nanargmax(m.data), m.shape) for m in marks]
    to_template = from_t1w @ conformed.affine
    at_mm = [apply(to_template, np.array(p, dtype=float)) for p in peaks]
    return {
        "ac": np.linalg.norm(origin.ac_mm - case.ac_mm),
        "brain": brain_error.mean(),
        "best": np.linalg.norm(best - case.in_template_mm, axis=1).mean(),
        "t2w": t2w_error.mean(),
        "t2w_max": t2w_error.max(),
        "flip": any(p[0] > 0 or np.linalg.norm(p - LEFT_MM) > 15 for p in at_mm),
        "gap": origin.alignment.template.gap,
        "cpu": seconds,
    }


def mark(scan: Volume, point_mm: np.ndarray) -> Volume:
    """Return an image on a scan's grid that is bright around one point (RAS mm) only."""
    points = apply(scan.affine, np.moveaxis(np.indices(scan.shape, np.float32), 0, -1))
    return scan.like(np.exp(-((points - point_mm) ** 2).sum(axis=-1) / (2 * 6.0**2)))


def summary(results: list[dict[str, float]], refused: int, kind: str) -> str:
    """Give the table of all heads of a kind."""
    column = {key: np.array([r[key] for r in results]) for key in results[0]}
    far = int(np.sum(column["brain"] > FAR_MM[kind]))
    n = len(results) + refused
    lines = [
        f"{n} {kind} heads: {refused} refused, {far} further than {FAR_MM[kind]} mm off, "
        f"{int(column['flip'].sum())} left-right flips",
        f"commissure within 3 mm: {100 * np.mean(column['ac'] <= 3):.0f} %",
    ]
    lines += [f"{'':30}{'median':>8}{'95 %':>8}{'max':>8}"]
    rows = {"ac": "commissure, mm", "brain": "template, mean of brain, mm"}
    rows |= {"best": "the same, nearest affine, mm"}
    rows |= {"t2w": "T2w, mean of brain, mm", "t2w_max": "T2w, worst point, mm"}
    rows |= {"cpu": "CPU s"}
    for key, label in rows.items():
        numbers = np.percentile(column[key], (50, 95, 100))
        lines.append(f"{label:30}" + "".join(f"{x:8.2f}" for x in numbers))
    return "\n".join([*lines, f"smallest gap {column['gap'].min():.2f}"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("heads", nargs="?", type=int, default=100)
    parser.add_argument("--turn-deg", type=float, default=30.0)
    parser.add_argument("--real", type=Path)
    chosen = parser.parse_args()
    head = build_head(2.0)
    images = (*head_images(head), class_maps(head))
    template = TemplateHead(*(Volume(data, head.affine) for data in images))
    brain_mm = apply(head.affine, np.argwhere(head.brain)[::97].astype(float))
    if chosen.real:
        folders = sorted(p.parent for p in chosen.real.glob("*/T1W.nii.gz"))
        still = [real_case(folder, template, brain_mm) for folder in folders]
    else:
        heads = [build_head(2.0, seed) for seed in range(1, HEADS + 1)]
    results, refused = [], 0
    for number in range(chosen.heads):
        if chosen.real:
            rng = np.random.default_rng((SEED, number))
            case = moved_case(still[number % len(still)], rng, chosen.turn_deg)
        else:
            case = simulated_case(heads, number, chosen.turn_deg)
        try:
            results.append(test(case, template, f"head {number}"))
            text = " ".join(f"{k} {float(v):.2f}" for k, v in results[-1].items())
        except UserError as error:
            refused, text = refused + 1, str(error)
        sys.stderr.write(f"{number:3} {text}\n")
    sys.stdout.write(summary(results, refused, case.kind))


if __name__ == "__main__":
    main()
