"""Faces of heads in any pose: python deface_heads.py [N] [--first 0] [--turn-deg 30] [--known].

The simulated people of poses.py (own anatomy, thick T2w slices, any slice plane and order of axes,
turned up to --turn-deg about every axis), prepared by the workflow's own steps at 3 mm and defaced;
with --known mask and matrices come from the truth. Of every fifth the field of view ends early
(above, below or in front). By the phantom's own truth (tests/posed_face.py) the face is the globes,
the nose, skin and fat in front of the temporal poles below the commissure, and those of jaw and
chin; what is within 8 mm of the brain, behind the skull, is not seen. Counted in the native T1w and
T2w: voxels of the face that are left, voxels of the true brain and of the brain mask that changed;
and voxels of the mask whose ratio changed. About 35 CPU s per head, 5 with --known. --keep FOLDER
keeps what the workflow's steps made, for another run on other ways to deface.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests"), str(Path(__file__).parent)]

from posed_face import nearest_affine, truth_on
from poses import HEADS, VOXEL_MM, PosedScan, posed_scan

from rt1t2.conform.participant import conform_pair
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import translation
from rt1t2.geometry.volume import Volume
from rt1t2.ratio.ratio import t1w_t2w_ratio
from rt1t2.share.deface import deface, find_defacing
from rt1t2.simulate.cropping import cut_field_of_view
from rt1t2.simulate.phantom import Scan
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head
from rt1t2.template.template_head import TemplateHead
from rt1t2.tissue.bias import correct_bias, estimate_bias
from rt1t2.tissue.priors import head_prior
from rt1t2.tissue.segmentation import segment

CUTS = (("above", -10.0), ("below", -10.0), ("front", 2.0))
COUNTS = ("face", "left", "brain", "cleared", "masked", "changed")


def cut(number: int, scan: Scan, head: Head) -> Scan:
    """End the field of view of every fifth person's scans early."""
    if number % 5 != 4:
        return scan
    return cut_field_of_view(scan, head, *CUTS[number // 5 % len(CUTS)])


@dataclass(frozen=True)
class Prepared:
    """What defacing is given, and the pair that the ratio is made of.

    Attributes
    ----------
    brain
        Brain mask, in the space that the two matrices start from and end in.
    template_to_t1w, to_native
        4x4: template to that space; that space to native T1w and T2w.
    pair
        Corrected T1w and T2w on the mask's grid.
    """

    brain: Volume
    template_to_t1w: np.ndarray
    to_native: tuple[np.ndarray, np.ndarray]
    pair: tuple[Volume, Volume]


def prepared(posed: PosedScan, template: TemplateHead, name: str) -> Prepared:
    """Take a pair through the workflow's steps up to the brain mask."""
    pair = conform_pair(posed.t1w, posed.t2w, template, name, None, VOXEL_MM)
    images, to_t1w = (pair.t1w, pair.t2w), pair.origin.template_to_t1w
    prior = head_prior(*images, template.classes, to_t1w, name, 1).prior
    no_lesion = np.zeros(pair.t1w.shape, bool)
    bias = estimate_bias(*images, prior, no_lesion, name, "joint", 1)
    corrected = correct_bias(bias, *images)
    brain = segment(*corrected, prior, no_lesion, name).brain
    to_native = translation(pair.origin.ac_mm), pair.t1w_to_t2w
    return Prepared(pair.t1w.like(brain), to_t1w, to_native, corrected)


def kept(path: Path, make: Callable[[], Prepared]) -> Prepared:
    """Return what an earlier run left in a file, or make it."""
    if not path.exists():
        given = make()
        volumes = (given.brain, *given.pair)
        np.savez_compressed(
            path,
            *[v.data for v in volumes],
            affine=given.brain.affine,
            matrices=np.array([given.template_to_t1w, *given.to_native]),
        )
    stored = np.load(path)
    brain, *pair = (Volume(stored[f"arr_{i}"], stored["affine"]) for i in range(3))
    to_t1w, *to_native = stored["matrices"]
    return Prepared(brain, to_t1w, (to_native[0], to_native[1]), (pair[0], pair[1]))


def known(posed: PosedScan, head: Head) -> Prepared:
    """Take mask and matrices from the truth: how good is the cut alone?"""
    t1w, moved, scan = posed.t1w, posed.moved, posed.scan
    _, brain = truth_on(t1w, moved, scan, head, "T1w")
    to_t1w = nearest_affine(t1w, moved, scan, brain)
    to_t2w = moved @ scan.t2w_to_t1w @ np.linalg.inv(moved)
    pair = t1w, posed.t2w.on(t1w, to_t2w)
    return Prepared(t1w.like(brain), to_t1w, (np.eye(4), to_t2w), pair)


def test(posed: PosedScan, head: Head, given: Prepared) -> dict[str, float]:
    """Deface one person; return counts of voxels."""
    start = time.process_time()
    template_brain = Volume(head.brain, head.affine)
    defacing = find_defacing(given.brain, template_brain, given.template_to_t1w)
    centred = {
        which: image.moved(np.linalg.inv(to_image))
        for which, image, to_image in zip(
            ("T1w", "T2w"), (posed.t1w, posed.t2w), given.to_native, strict=True
        )
    }
    after = {w: deface(i, defacing.cleared(i)) for w, i in centred.items()}
    result = dict.fromkeys(COUNTS, 0)
    result["cpu"] = time.process_time() - start
    for which, stored in (("T1w", posed.t1w), ("T2w", posed.t2w)):
        face, truth = truth_on(stored, posed.moved, posed.scan, head, which)
        same = after[which] == stored.data
        result["face"] += np.count_nonzero(face)
        result["left"] += np.count_nonzero(face & (after[which] != 0))
        result["brain"] += np.count_nonzero(truth)
        result["cleared"] += np.count_nonzero(truth & ~same)
        result["masked"] += np.count_nonzero(given.brain.data)
        result["changed"] += defacing.changed_in_brain(centred[which], after[which])
    cleared, inside = defacing.cleared(given.brain), given.brain.data > 0
    before, now = (
        t1w_t2w_ratio(*images, inside, np.zeros_like(inside))[0]
        for images in (
            [image.data for image in given.pair],
            [deface(image, cleared) for image in given.pair],
        )
    )
    result["ratio"] = np.count_nonzero(~((before == now) | np.isnan(before)))
    return result


def summary(results: list[dict[str, float]], refused: int) -> str:
    """Give the table of all heads."""
    total = {key: sum(r[key] for r in results) for key in results[0]}
    heads = {key: sum(r[key] > 0 for r in results) for key in total}
    lines = [f"{len(results)} heads defaced, {refused} refused before"]
    for key, of, label in (
        ("left", "face", "voxels of the face left"),
        ("cleared", "brain", "voxels of the true brain changed"),
        ("changed", "masked", "voxels of the brain mask changed"),
        ("ratio", "masked", "voxels of the mask whose ratio changed"),
    ):
        lines.append(
            f"{label:40}{total[key]:8} of {total[of]:10}, {heads[key]:3} heads"
        )
    cpu = np.median([r["cpu"] for r in results])
    return "\n".join([*lines, f"CPU s per head, two images: {cpu:.1f}"]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("heads", nargs="?", type=int, default=100)
    parser.add_argument("--turn-deg", type=float, default=30.0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    head = build_head(2.0)
    images = (*head_images(head), class_maps(head))
    template = TemplateHead(*(Volume(data, head.affine) for data in images))
    heads = [build_head(2.0, seed) for seed in range(1, HEADS + 1)]
    results, refused = [], 0
    for number in range(chosen.first, chosen.first + chosen.heads):
        person = heads[number % HEADS]
        posed = posed_scan(heads, number, chosen.turn_deg, partial(cut, number))
        try:
            if chosen.known:
                given = known(posed, person)
            else:
                make = partial(prepared, posed, template, f"head {number}")
                name = f"{number}-{chosen.turn_deg:g}.npz"
                given = kept(chosen.keep / name, make) if chosen.keep else make()
            results.append(test(posed, person, given))
            text = " ".join(f"{k} {float(v):g}" for k, v in results[-1].items())
        except UserError as error:
            refused, text = refused + 1, str(error)
        sys.stderr.write(f"{number:3} {text}\n")
    sys.stdout.write(summary(results, refused))


if __name__ == "__main__":
    main()
