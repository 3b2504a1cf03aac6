"""How far a ratio may be trusted: error over phantoms, python ratio_error.py [N].

Simulated people (own tissue constants, shape, pose, gains, noise, thick T2w slices, and bias
fields) go through the pipeline's own steps: common grid, bias correction, segmentation, landmarks,
reference of the cohort, calibration, ratio. The error of a method is the SD over people of
log(median measured ratio / median true ratio), in percent, where the true tissue is pure.
With 12 people and all methods it takes about 8 minutes of one core.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from rt1t2.conform.participant import conform_pair
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.template_head import TemplateHead
from rt1t2.tissue.bias import correct_bias, estimate_bias, levels_under
from rt1t2.tissue.levels_reference import build_reference
from rt1t2.tissue.priors import head_prior
from rt1t2.tissue.reference_tissues import reference_record
from rt1t2.tissue.segmentation import segment

BIAS = ("joint", "n4", "none")
CALIBRATION = ("affine", "nonlinear", "linear_eye_muscle", "none")
REGIONS = ("wm", "gm", "thalamus", "striatum")
PURE = 0.9
SEED = 1
# A prototype of the method on its own phantoms, with true head priors and no registration
PROTOTYPE = {
    ("joint", "affine"): "prototype: 2.4/2.7/2.3/1.9",
    ("n4", "affine"): "prototype: 6.2/5.8/6.8/7.3",
    ("none", "affine"): "prototype: 5.7/5.1/8.6/9.1",
}


@dataclass(frozen=True)
class Person:
    """One simulated person on the conformed grid, with head priors and the truth."""

    name: str
    t1w: Volume
    t2w: Volume
    prior: Volume
    regions: dict[str, np.ndarray]  # pure tissue on the conformed grid
    truth: dict[str, float]  # median true ratio


@dataclass(frozen=True)
class Corrected:
    """A person's corrected images, brain and landmarks."""

    t1w: np.ndarray
    t2w: np.ndarray
    brain: np.ndarray
    landmarks: dict[str, Any]


def pure_regions(head: Head) -> dict[str, np.ndarray]:
    """Return the share of each region's tissue on the head's grid."""
    return {name: head.fractions[name] for name in REGIONS}


def make_person(
    head: Head,
    seed: int,
    voxel_mm: float,
    regions: dict[str, np.ndarray] | None = None,
    own_head: Head | None = None,
    **options: Any,
) -> Person:
    """Simulate a person (with a head unlike the template's) and prepare the images."""
    name = f"sub-{seed:02d}"
    regions = regions or pure_regions(head)
    scan = simulate_scan(
        own_head or head,
        (SEED, seed),
        t1w_voxel_mm=voxel_mm,
        t2w_voxel_mm=(1.5, 1.5, 4.0),
        **options,
    )
    images = (*head_images(head), class_maps(head))
    template = TemplateHead(*(Volume(data, head.affine) for data in images))
    natives = Volume(scan.t1w, scan.t1w_affine), Volume(scan.t2w, scan.t2w_affine)
    pair = conform_pair(*natives, template, name, None, voxel_mm)
    prior = head_prior(
        pair.t1w,
        pair.t2w,
        template.classes,
        pair.origin.template_to_t1w,
        name,
        SEED,
        voxel_mm=max(2.0, voxel_mm),
    ).prior
    shares = list(regions.values())
    in_scanner = translation(pair.origin.ac_mm) @ pair.t1w.affine
    conformed = scan.warp.sample(shares, head.affine, in_scanner, pair.t1w.shape)
    native = scan.warp.sample(shares, head.affine, scan.t1w_affine, scan.t1w.shape)
    return Person(
        name,
        pair.t1w,
        pair.t2w,
        prior,
        {n: s > PURE for n, s in zip(regions, conformed, strict=True)},
        {
            n: float(np.nanmedian(scan.truth_ratio[s > PURE]))
            for n, s in zip(regions, native, strict=True)
        },
    )


def correct(person: Person, bias: str) -> Corrected:
    """Run the steps of `rules/tissue.smk` on a pair."""
    lesion = np.zeros(person.t1w.shape, bool)
    where = person.prior, lesion, person.name
    fit = estimate_bias(person.t1w, person.t2w, *where, bias, SEED)
    t1w, t2w = correct_bias(fit, person.t1w, person.t2w)
    tissue = segment(t1w, t2w, *where)
    mixture, doubts = levels_under(fit, person.t1w, person.t2w, *where, SEED)
    record = reference_record(
        t1w, t2w, tissue, *where[:2], mixture, doubts, person.name
    )
    landmarks = {"participant_id": person.name} | record
    return Corrected(t1w.data, t2w.data, tissue.brain, landmarks)


def region_ratios(
    people: Sequence[Person],
    corrected: Sequence[Corrected],
    method: str,
    controls: Sequence[Corrected] | None = None,
) -> np.ndarray:
    """Calibrate everyone and return median ratios, shape (people, regions)."""
    reference = build_reference([c.landmarks for c in controls or corrected])
    ratios = []
    for person, done in zip(people, corrected, strict=True):
        scans = {"t1w": done.t1w, "t2w": done.t2w}
        brightest = {name: float(np.nanmax(image)) for name, image in scans.items()}
        found = calibrate(method, done.landmarks, reference, brightest)
        scans = {name: found.curves[name](image) for name, image in scans.items()}
        no_lesion = np.zeros(person.t1w.shape, bool)
        ratio, _, _ = t1w_t2w_ratio(**scans, brain=done.brain, lesion=no_lesion)
        ratios.append([np.nanmedian(ratio[m]) for m in person.regions.values()])
    return np.array(ratios)


def log_errors(people: Iterable[Person], ratios: np.ndarray) -> np.ndarray:
    """Return log(measured / true) per person and region, in percent."""
    truth = np.array([list(p.truth.values()) for p in people])
    return 100 * np.log(ratios / truth)


def sd_table(people: Sequence[Person], biases: Iterable[str]) -> Iterator[str]:
    """Give one line per method: SD of the error in every region and of thalamus : WM."""
    yield f"{'bias':7}{'calibration':19}{'/'.join(REGIONS)}, thalamus:WM\n"
    for bias in biases:
        corrected = [correct(person, bias) for person in people]
        for method in CALIBRATION:
            error = log_errors(people, region_ratios(people, corrected, method))
            row = "/".join(f"{sd:.1f}" for sd in error.std(axis=0, ddof=1))
            contrast = (error[:, 2] - error[:, 0]).std(ddof=1)
            known = PROTOTYPE.get((bias, method), "")
            yield f"{bias:7}{method:19}{row}, {contrast:.1f}  {known}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=12)
    parser.add_argument("--no-bias", action="store_true")
    parser.add_argument("--bias", nargs="+", choices=BIAS, default=BIAS)
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    chosen = parser.parse_args()
    head = build_head(chosen.voxel_mm)
    people = [
        make_person(head, seed, chosen.voxel_mm, bias=not chosen.no_bias)
        for seed in range(chosen.people)
    ]
    for line in sd_table(people, chosen.bias):
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
