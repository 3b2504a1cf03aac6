"""How far a ratio may be trusted: error over phantoms, python ratio_error.py [N] [--b1].

Simulated people (own tissue constants, shape, pose, gains, noise, thick T2w slices, and bias
fields) go through the pipeline's own steps: common grid, bias correction, segmentation, landmarks,
reference of the cohort, calibration, ratio. The error of a method is the SD over people of
log(median measured ratio / median true ratio), in percent, where the true tissue is pure.
--b1 gives everybody a transmit field (head-wide factor of SD 4 %, dome of 0.3), while the true
ratio stays that of the prescribed flip angles; then the slope of the error on ln b, and how well
the gauge tells ln b, are printed too. --map: everybody has a map of the field, measured with 3 %
noise in voxels of 4 mm. --t1w chooses another sequence, --no-timing hides it.
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
from rt1t2.conform.transmit_alignment import align_transmit_map
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.ratio.scale import transmit_gauge
from rt1t2.scans.transmit_map import MeasuredMap
from rt1t2.simulate.phantom import Scan, simulate_scan
from rt1t2.simulate.transmit_field import Transmit
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.signals import Flash, Mprage, SpinEcho, T1wProtocol
from rt1t2.template.template_head import TemplateHead
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.bias import correct_bias, estimate_bias, levels_under
from rt1t2.tissue.levels_reference import build_reference
from rt1t2.tissue.priors import head_prior
from rt1t2.tissue.reference_tissues import reference_record
from rt1t2.tissue.segmentation import segment
from rt1t2.tissue.transmit_response import (
    mean_ln_b1,
    record_without_field,
    response_of_head,
)

BIAS = ("joint", "n4", "none")
CALIBRATION = ("weighted", "affine", "nonlinear", "linear_eye_muscle", "none")
REGIONS = ("wm", "gm", "thalamus", "striatum")
PURE = 0.9
SEED = 1
MAP_NOISE, MAP_VOXEL_MM = 0.03, 4.0
T1W = {
    "mprage-2300-900-9": Mprage(),
    "mprage-2400-1000-8": Mprage(tr_ms=2400, ti_ms=1000, flip_deg=8),
    "mprage-1900-900-9": Mprage(tr_ms=1900),
    "flash-250-80": Flash(),
    "spin-echo-600-12": SpinEcho(),
}
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
    b1_scale: float
    b1: Volume | None = None  # as measured, on the grid of the prior


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
    measure_b1: bool = False,
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
    b1 = None
    if measure_b1:
        measured = measured_map(scan, seed)
        ac_mm = pair.origin.ac_mm
        b1 = align_transmit_map(measured, pair.t1w, prior, ac_mm, name).field
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
        scan.b1_scale,
        b1,
    )


def measured_map(scan: Scan, seed: int) -> MeasuredMap:
    """Return the transmit field of a scan as it would be measured."""
    assert scan.b1 is not None  # only asked for where there is one
    field = Volume(scan.b1, scan.t1w_affine).reduced_to(MAP_VOXEL_MM)
    noise = np.random.default_rng((SEED, seed, 9)).normal(0, MAP_NOISE, field.shape)
    return MeasuredMap(field.like(field.data * (1 + noise)), None, True, {})


def header_of(protocol: T1wProtocol) -> dict[str, Any]:
    """Return what the sidecar of a T1w says of its sequence; times in s."""
    header = {"RepetitionTime": protocol.tr_ms / 1000}
    if isinstance(protocol, SpinEcho):
        return header | {"EchoTime": protocol.te_ms / 1000, "ScanningSequence": ["SE"]}
    header |= {"FlipAngle": protocol.flip_deg}
    if isinstance(protocol, Mprage):
        header |= {"InversionTime": protocol.ti_ms / 1000}
    return header


def correct(
    person: Person, bias: str, acquisition: dict[str, Any] | None = None
) -> Corrected:
    """Run the steps of `rules/tissue.smk` on a pair; what is known of its acquisition."""
    lesion = np.zeros(person.t1w.shape, bool)
    where = person.prior, lesion, person.name
    sequences = sequences_of(acquisition or {})
    known = None
    if person.b1:
        known = response_of_head(person.b1.data, person.prior.data, sequences)
    fit = estimate_bias(person.t1w, person.t2w, *where, bias, SEED, known)
    t1w, t2w = correct_bias(fit, person.t1w, person.t2w)
    tissue = segment(t1w, t2w, *where)
    mixture, doubts = levels_under(fit, person.t1w, person.t2w, *where, SEED)
    record = reference_record(
        t1w, t2w, tissue, *where[:2], mixture, doubts, person.name
    )
    landmarks = {"participant_id": person.name, "Acquisition": acquisition or {}}
    if person.b1:
        ln_b1 = mean_ln_b1(person.b1, person.prior)
        record = record_without_field(record, ln_b1, sequences)
    landmarks |= record
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


def sd_table(
    people: Sequence[Person],
    biases: Iterable[str],
    acquisition: dict[str, Any] | None = None,
) -> Iterator[str]:
    """Give one line per method: SD of the error in every region and of thalamus : WM.

    With a transmit field also the slope of the error on ln b, with its standard error.
    """
    ln_b = np.log([person.b1_scale for person in people])
    yield f"{'bias':7}{'calibration':19}{'/'.join(REGIONS)}, thalamus:WM\n"
    for bias in biases:
        corrected = [correct(person, bias, acquisition) for person in people]
        for method in CALIBRATION:
            error = log_errors(people, region_ratios(people, corrected, method))
            row = "/".join(f"{sd:.1f}" for sd in error.std(axis=0, ddof=1))
            contrast = (error[:, 2] - error[:, 0]).std(ddof=1)
            known = PROTOTYPE.get((bias, method), "")
            yield f"{bias:7}{method:19}{row}, {contrast:.1f}  {known}{slopes(ln_b, error)}\n"
        if ln_b.any():
            reference = build_reference([c.landmarks for c in corrected])
            told = [transmit_gauge(c.landmarks, reference) for c in corrected]
            error = np.std(told - ln_b, ddof=1)
            yield f"{bias:7}gauge              SD of its error {error:.3f}\n"


def slopes(ln_b: np.ndarray, error: np.ndarray) -> str:
    """Return the slopes of the errors (percent) on ln b as text; none without a field."""
    if not ln_b.any():
        return ""
    found = []
    for column in error.T / 100:
        (slope, _), covariance = np.polyfit(ln_b, column, 1, cov=True)
        found.append(f"{slope:+.2f}±{covariance[0, 0] ** 0.5:.2f}")
    return "  on ln b " + "/".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=12)
    parser.add_argument("--no-bias", action="store_true")
    parser.add_argument("--bias", nargs="+", choices=BIAS, default=BIAS)
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    parser.add_argument("--b1", action="store_true")
    parser.add_argument("--map", action="store_true")
    parser.add_argument("--t1w", choices=T1W, default=next(iter(T1W)))
    parser.add_argument("--no-timing", action="store_true")
    chosen = parser.parse_args()
    head = build_head(chosen.voxel_mm)
    options = {
        "bias": not chosen.no_bias,
        "t1w_protocol": T1W[chosen.t1w],
        "transmit": Transmit() if chosen.b1 else None,
        "measure_b1": chosen.b1 and chosen.map,
    }
    people = []
    for seed in range(chosen.people):
        try:
            people.append(make_person(head, seed, chosen.voxel_mm, **options))
        except UserError as refused:
            sys.stdout.write(f"left out: {refused}\n")
    acquisition = {} if chosen.no_timing else {"T1w": header_of(T1W[chosen.t1w])}
    for line in sd_table(people, chosen.bias, acquisition):
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
