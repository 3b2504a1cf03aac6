"""How far a repeated scan of one person differs: python retest_error.py [N] [--real FOLDER].

N simulated people are scanned twice with one protocol: own position, bias fields and noise each
time, and gains that are either drawn anew (as between scanners and converters) or kept (the best
case of no calibration). --real names a folder of pairs (T1W.nii.gz, T2W.nii.gz): openms-01_s1 and
openms-01_s2, one person in two sessions with other settings, are compared; openms-04_s1 and
tcga-FG-6692 are the other controls. Printed: root mean square over people of the coefficient of
variation, in percent, of the median ratio of each tissue, per method of calibration. About 20 s
of one core per simulated person, and 2 minutes for the real one.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from ratio_error import CALIBRATION, Corrected, correct, make_person, pure_regions
from ratio_error import SEED as PERSON

from rt1t2.conform.participant import conform_pair
from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.qc.retest import variation_percent
from rt1t2.ratio.calibration import calibrate
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import build_head
from rt1t2.template.template_head import TemplateHead
from rt1t2.tissue.bias import correct_bias, estimate_bias, levels_under
from rt1t2.tissue.levels_reference import build_reference
from rt1t2.tissue.priors import head_prior
from rt1t2.tissue.reference_tissues import reference_record
from rt1t2.tissue.segmentation import segment

SEED = 1
SURE = 0.9
REAL = ("openms-01_s1", "openms-01_s2")
OTHER_CONTROLS = ("openms-04_s1", "tcga-FG-6692")
Regions = dict[str, np.ndarray]


def medians(
    done: Corrected, regions: Regions, method: str, controls: list[Corrected], who: str
) -> list[float]:
    """Return the median ratio of every region; ``who`` leaves itself out of the controls."""
    reference = build_reference([c.landmarks for c in controls])
    scans = {"t1w": done.t1w, "t2w": done.t2w}
    brightest = {name: float(np.nanmax(image)) for name, image in scans.items()}
    landmarks = done.landmarks | {"participant_id": who}
    curves = calibrate(method, landmarks, reference, brightest).curves
    scans = {name: curves[name](image) for name, image in scans.items()}
    no_lesion = np.zeros(done.brain.shape, bool)
    ratio, _, _ = t1w_t2w_ratio(**scans, brain=done.brain, lesion=no_lesion)
    return [float(np.nanmedian(ratio[mask])) for mask in regions.values()]


def simulated(n: int, voxel_mm: float) -> None:
    head = build_head(voxel_mm)
    names = list(pure_regions(head))
    twice, kept = [], []
    for seed in range(n):
        people = [make_person(head, seed, voxel_mm, session=s) for s in (0, 1)]
        twice.append([(correct(p, "joint"), p.regions) for p in people])
        row = []
        for session, (done, regions) in enumerate(twice[-1]):
            gain = simulate_scan(
                head, (PERSON, seed), t1w_voxel_mm=6.0, session=session
            ).gain
            plain = replace(done, t1w=done.t1w / gain[0], t2w=done.t2w / gain[1])
            row.append(medians(plain, regions, "none", [done], "sub-x"))
        kept.append(row)
    report("gains kept", "none", names, kept)
    controls = [first for (first, _), _ in twice]
    for method in CALIBRATION:
        values = [
            [
                medians(*scan, method, controls, pair[0][0].landmarks["participant_id"])
                for scan in pair
            ]
            for pair in twice
        ]
        report("gains anew", method, names, values)


def real(folder: Path) -> None:
    head = build_head(2.0)
    images = (*head_images(head), class_maps(head))
    template = TemplateHead(*(Volume(data, head.affine) for data in images))
    done, regions = {}, {}
    for name in (*REAL, *OTHER_CONTROLS):
        natives = [Volume.load(folder / name / f"T{i}W.nii.gz") for i in (1, 2)]
        pair = conform_pair(*natives, template, name, None, 1.0)
        to_t1w = pair.origin.template_to_t1w
        where = template.classes, to_t1w, name, SEED
        prior = head_prior(pair.t1w, pair.t2w, *where).prior
        where = prior, np.zeros(pair.t1w.shape, bool), name
        fit = estimate_bias(pair.t1w, pair.t2w, *where, "joint", SEED)
        t1w, t2w = correct_bias(fit, pair.t1w, pair.t2w)
        tissue = segment(t1w, t2w, *where)
        levels = levels_under(fit, pair.t1w, pair.t2w, *where, SEED)
        record = reference_record(t1w, t2w, tissue, *where[:2], *levels, name)
        landmarks = {"participant_id": name} | record
        done[name] = Corrected(t1w.data, t2w.data, tissue.brain, landmarks)
        thalamus = Volume(head.fractions["thalamus"], head.affine).moved(to_t1w)
        regions[name] = {
            "wm": tissue.wm > SURE,
            "gm": tissue.gm > SURE,
            "thalamus": thalamus.on(t1w).data > SURE,
        }
    controls = [done[name] for name in (REAL[0], *OTHER_CONTROLS)]
    for method in CALIBRATION:
        try:
            values = [
                medians(done[n], regions[n], method, controls, REAL[0]) for n in REAL
            ]
        except UserError as error:
            sys.stdout.write(f"{'openms-01':12}{method:19}{error}\n")
            continue
        report("openms-01", method, list(regions[REAL[0]]), [values])


def report(
    case: str, method: str, names: list[str], values: list[list[list[float]]]
) -> None:
    """Print a line; ``values``: person, session, region."""
    table = np.array(values)
    variation = np.array(
        [[variation_percent(region) for region in person.T] for person in table]
    )
    typical = np.sqrt((variation**2).mean(axis=0))
    shown = "  ".join(f"{n} {v:.1f}" for n, v in zip(names, typical, strict=True))
    sys.stdout.write(f"{case:12}{method:19}{shown}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", nargs="?", type=int, default=8)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--voxel-mm", type=float, default=2.5)
    chosen = parser.parse_args()
    if chosen.real:
        real(chosen.real)
    else:
        simulated(chosen.n, chosen.voxel_mm)


if __name__ == "__main__":
    main()
