"""T2w on T1w from far away: python t2w_alignment.py [N] [--real ../shared].

N simulated people move between the scans, and 4 mm T2w slices start a further 20 mm and 15
degrees off in a random direction: whole, and without their lower third. --real names the folder
with openms pairs and reference/openms_t1_to_t2_ras.tsv: three sessions, N starts each, against
the registration of the data set's authors (12 parameters; no rigid motion is nearer than 0.4 mm).
About 3 CPU s a registration.
"""

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from rt1t2.conform.t2w_alignment import align_t2w
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import upper_head_centre
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.template_head import TemplateHead

SEED = 7
SHIFT_MM, TURN_DEG = 20.0, 15.0
BRAIN_CENTRE_MM = np.array([0.0, -22.0, 9.0])  # of the template's brain
# name, T1w, T2w, template to T1w, T1w to T2w, points of the brain (T1w)
Case = tuple[str, Volume, Volume, *tuple[np.ndarray, ...]]


def displacement(rng: np.random.Generator, centre_mm: np.ndarray) -> np.ndarray:
    """Draw a rigid matrix of the full shift and turn in a random direction."""
    shift, axis = (v / np.linalg.norm(v) for v in rng.standard_normal((2, 3)))
    return from_parameters(np.r_[SHIFT_MM * shift, TURN_DEG * axis], centre_mm)


def template_of(head: Head) -> TemplateHead:
    """Return a simulated head's images as the template's."""
    images = (*head_images(head), class_maps(head))
    return TemplateHead(*(Volume(data, head.affine) for data in images))


def simulated(n: int, head: Head) -> Iterator[Case]:
    """Give N simulated people twice: with the whole T2w, and with two thirds of it."""
    for number in range(n):
        scan = simulate_scan(
            head, (SEED, number), t1w_voxel_mm=2.5, t2w_voxel_mm=(1.5, 1.5, 4.0)
        )
        brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)[::97]
        brain_mm = apply(scan.t1w_affine, brain.astype(float))
        to_t1w = np.linalg.inv(scan.world_to_template)
        for name, cut in (("whole", 0), ("lower third cut", scan.t2w.shape[2] // 3)):
            part = scan.t2w_affine @ translation([0, 0, cut])
            t2w = Volume(scan.t2w[:, :, cut:], part)
            t1w = Volume(scan.t1w, scan.t1w_affine)
            yield name, t1w, t2w, to_t1w, scan.t2w_to_t1w, brain_mm


def sessions(shared: Path, n: int, template: TemplateHead) -> Iterator[Case]:
    """Give each openms session N times."""
    with (shared / "reference/openms_t1_to_t2_ras.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        name = f"openms-{row['patient'][-2:]}_s{row['study'][-1]}"
        folder = shared / "data/pairs" / name
        t1w, t2w = (Volume.load(folder / f"T{i}W.nii.gz") for i in (1, 2))
        truth = [[float(row[f"m{i}{j}"]) for j in range(4)] for i in range(4)]
        coarse = t1w.reduced_to(4.0)
        to_t1w = translation(upper_head_centre(t1w) - BRAIN_CENTRE_MM)
        share = template.classes.like(template.parenchyma).moved(to_t1w)
        brain = coarse.head & (share.on(coarse).data > 0.5)
        brain_mm = apply(coarse.affine, np.argwhere(brain)[::7].astype(float))
        for _ in range(n):
            yield name, t1w, t2w, to_t1w, np.array(truth), brain_mm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", nargs="?", type=int, default=10)
    parser.add_argument("--real", type=Path)
    chosen = parser.parse_args()
    rng = np.random.default_rng(SEED)
    head = build_head(2.0)
    template = template_of(head)
    cases = (
        sessions(chosen.real, chosen.n, template)
        if chosen.real
        else simulated(chosen.n, head)
    )
    errors: dict[str, list[tuple[float, ...]]] = {}
    for name, t1w, t2w, to_t1w, truth, brain_mm in cases:
        moved = displacement(rng, brain_mm.mean(axis=0))
        start = time.process_time()
        found = align_t2w(t1w, t2w.moved(moved), template, to_t1w)
        seconds = time.process_time() - start
        expected = apply(moved @ truth, brain_mm)
        error = np.linalg.norm(apply(found.t1w_to_t2w, brain_mm) - expected, axis=1)
        row = (error.mean(), error.max(), found.brain.share, found.gap, seconds)
        errors.setdefault(name, []).append(row)
    sys.stdout.write(
        f"{'mm over the brain':18}{'n':>4}{'mean':>7}{'worst mean':>12}"
        f"{'worst point':>13}{'coverage':>10}{'gap':>6}{'CPU s':>7}\n"
    )
    for name, rows in errors.items():
        mean, worst, coverage, gap, cpu = np.array(rows).T
        sys.stdout.write(
            f"{name:18}{len(rows):4}{mean.mean():7.2f}{mean.max():12.2f}"
            f"{worst.max():13.2f}{coverage.min():10.2f}{gap.min():6.2f}{cpu.mean():7.1f}\n"
        )


if __name__ == "__main__":
    main()
