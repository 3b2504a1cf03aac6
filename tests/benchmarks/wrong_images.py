"""What happens to images that are no T1w or T2w of a head: python wrong_images.py [SEEDS].

Wrong and right images, simulated and (where ../shared is there) real, go through the scripts
of the rules from import_participant to reference_tissues. Printed: case, what is expected,
what came, and what the gates measured: CSF over grey matter and fat over CSF in the T2w, muscle
over fat and the bright share of the brain's surface in the T1w, the scalp's share with signal. Ends
with 1 if anything is not as expected. About 20 s per case.
"""

import argparse
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from prepared_scan import prepare_steps, records_in

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.geometry.resampling import resample
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.template import signals
from rt1t2.template.brain_and_head import class_maps, head_images
from rt1t2.template.head_model import Head, build_head

VOXEL_MM = 2.5
HEAD_MM = 3.0
PASS = ""
PAIRS = ("openms-01_s1", "openms-01_s2", "openms-04_s1", "tcga-FG-6692")
# in slices of 5.5 mm nothing of the head outweighs the dark fat any more
DIMMED = {"tcga-FG-6692": "refused: or fat-suppressed"}
LONG_TR_PD = signals.Tse(tr_ms=5000, te_ms=14, echo_train_length=5)
WEAK_T2W = signals.Tse(tr_ms=3000, te_ms=80)
FAT_QUARTER = signals.Tse(fat_left=0.25)
SIMULATED = {
    "plain": (PASS, {}),
    "weakly T2-weighted TSE (TR 3000, TE 80)": (
        "not refused",
        {"t2w_protocol": WEAK_T2W},
    ),
    "FLAIR as T2w": ("refused: FLAIR", {"t2w_protocol": signals.FLAIR}),
    "PD as T2w (TR 3000, TE 12)": (
        "refused: T2-weighted|proton density",
        {"t2w_protocol": signals.PROTON_DENSITY},
    ),
    "PD as T2w (TR 5000, TE 14)": (
        "refused: proton density",
        {"t2w_protocol": LONG_TR_PD},
    ),
    "fat-suppressed T2w (10 % left)": (
        "flagged: fat-suppressed",
        {"t2w_protocol": signals.FAT_SUPPRESSED_TSE},
    ),
    "fat-suppressed T2w (25 % left)": (
        "flagged: fat-suppressed",
        {"t2w_protocol": FAT_QUARTER},
    ),
    "T1w after gadolinium (0.6 mmol/L)": (
        "flagged: contrast agent",
        {"plasma_gadolinium_mmol_per_l": 0.6},
    ),
}


class Case(NamedTuple):
    """A pair of files and what should happen.

    PASS (not even a flag), ``not refused``, ``refused: words`` or ``flagged: words``.
    """

    name: str
    expected: str
    t1w: Path
    t2w: Path


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def simulated_cases(head: Head, seeds: int, folder: Path) -> Iterator[Case]:
    for seed in range(seeds):
        own = build_head(HEAD_MM, seed=seed)
        for name, (expected, options) in SIMULATED.items():
            scan = simulate_scan(
                own, seed, t1w_voxel_mm=2.0, t2w_voxel_mm=(1.5, 1.5, 4.0), **options
            )
            yield saved_case(
                f"{name}, seed {seed}",
                expected,
                (scan.t1w, scan.t1w_affine),
                (scan.t2w, scan.t2w_affine),
                folder,
            )
        scan = simulate_scan(own, seed, t1w_voxel_mm=2.0, t2w_voxel_mm=(1.5, 1.5, 4.0))
        brain = scan.sample(head.brain.astype("f4")) > 0.5
        in_t2w = resample(
            brain,
            scan.t1w_affine,
            scan.t2w_affine,
            scan.t2w.shape,
            np.linalg.inv(scan.t2w_to_t1w),
        )
        yield saved_case(
            f"skull-stripped pair, seed {seed}",
            "refused: skull-stripped",
            (scan.t1w * brain, scan.t1w_affine),
            (scan.t2w * (in_t2w > 0.5), scan.t2w_affine),
            folder,
        )


def saved_case(
    name: str,
    expected: str,
    t1w: tuple[np.ndarray, np.ndarray],
    t2w: tuple[np.ndarray, np.ndarray],
    folder: Path,
) -> Case:
    paths = folder / "case_T1w.nii.gz", folder / "case_T2w.nii.gz"
    for path, image in zip(paths, (t1w, t2w), strict=True):
        images.save(*image, path)
    return Case(name, expected, *paths)


def real_cases(folder: Path) -> Iterator[Case]:
    pairs, negatives = SHARED / "pairs", SHARED / "negatives"
    for name in PAIRS:
        t1w, t2w = pairs / name / "T1W.nii.gz", pairs / name / "T2W.nii.gz"
        yield Case(name, PASS, t1w, t2w)
        yield saved_case(
            f"{name}, fat dimmed in the T2w",
            DIMMED.get(name, "flagged: fat-suppressed"),
            images.load(t1w),
            without_fat(images.load(t1w), images.load(t2w)),
            folder,
        )
    t1w, t2w = (pairs / "openms-04_s1" / f"{i}.nii.gz" for i in ("T1W", "T2W"))
    flair = negatives / "openms-04_s1_FLAIR_as_wrong_contrast.nii.gz"
    yield Case("real FLAIR as T2w", "refused: FLAIR", t1w, flair)
    yield Case("T1w and T2w exchanged", "refused: exchanged", t2w, t1w)
    yield Case(
        "another T1w as T2w",
        "refused: ",
        t1w,
        pairs / "openms-01_s2" / "T1W.nii.gz",
    )
    yield Case(
        "real T1w after gadolinium",
        "flagged: contrast agent",
        negatives / "tcga-FG-6692_T1_post_gadolinium.nii.gz",
        pairs / "tcga-FG-6692" / "T2W.nii.gz",
    )
    stripped = (
        negatives / f"kirby113_{i}_skullstripped.nii.gz" for i in ("MPRAGE", "T2w")
    )
    yield Case("real skull-stripped pair", "refused: skull-stripped", *stripped)
    fruit = negatives / "dcm_qa_deident_fruit_T1.tar.gz"
    yield Case("fruit as T1w", "refused: ", fruit, t2w)


def without_fat(
    t1w: tuple[np.ndarray, np.ndarray], t2w: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Leave 15 % of the T2w where the T1w is far brighter than the middle of the brain."""
    data, affine = t2w
    on_t2w = resample(*t1w, affine, data.shape)
    middle = tuple(slice(2 * n // 5, 3 * n // 5) for n in t1w[0].shape)
    fat = on_t2w > 1.25 * np.percentile(t1w[0][middle], 90)
    return data * np.where(fat, np.float32(0.15), np.float32(1)), affine


class Workflow:
    """The scripts of the rules, on files in one folder."""

    def __init__(self, head: Head, folder: Path) -> None:
        self.folder = folder
        t1w, t2w = head_images(head)
        volumes = {"head_t1w": t1w, "head_t2w": t2w, "head_classes": class_maps(head)}
        for name, data in volumes.items():
            images.save(data, head.affine, self.path(name))
        self.head = {name: self.path(name) for name in volumes}

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}.nii.gz")

    def run(self, t1w: Path, t2w: Path) -> dict[str, Any]:
        """Return the records of the landmarks and of the origin.

        Raises
        ------
        UserError
            A step refuses the pair.
        """
        load_script("import_participant").main(
            t1w_source=str(t1w),
            t2w_source=str(t2w),
            lesion="",
            series=str(self.folder / "series.tsv"),
            t1w=self.path("native_T1w"),
            t2w=self.path("native_T2w"),
            code="benchmark",
            participant_id="sub-01",
        )
        steps = prepare_steps(self.folder, self.head, voxel_mm=VOXEL_MM)
        for rule, arguments in steps.items():
            load_script(rule).main(**arguments)
        return records_in(self.folder)


def judge(case: Case, run: Callable[[Path, Path], dict[str, Any]]) -> tuple[bool, str]:
    """Run a case; return whether it went as expected, and what came."""
    verdict, _, words = case.expected.partition(": ")
    try:
        records = run(case.t1w, case.t2w)
    except UserError as error:
        text = str(error)
        right = verdict == "refused" and re.search(words, text)
        return bool(right), f"refused: {text.split('. ')[0]}"
    # the phantom has the ICBM brain, which is larger than most people's
    flags = [f for f in records["landmarks"]["Flags"] if not f.startswith("brain mask")]
    text = f"flagged: {'; '.join(flags)}" if flags else "passed"
    if case.expected == PASS:
        right = not flags
    else:
        named = any(re.search(words, flag) for flag in flags)
        right = verdict == "not refused" or (verdict == "flagged" and named)
    return bool(right), f"{text}  [{measures(records)}]"


def measures(records: dict[str, Any]) -> str:
    found, contrast = records["landmarks"]["Classes"], records["landmarks"]["Contrast"]

    def ratio(image: str, a: str, b: str) -> float:
        return found[a][image] / found[b][image] if found[a] and found[b] else np.nan

    scalp = records["origin"]["ScalpWithSignal"]
    bright = contrast["T1wBrightShareAtSurface"]
    return (
        f"T2w CSF/GM {contrast['T2wCsfOverGm']:.2f}, fat/CSF {ratio('t2w', 'fat', 'csf'):.2f}, "
        f"fat/muscle {ratio('t2w', 'fat', 'muscle'):.1f}, "
        f"T1w muscle/fat {ratio('t1w', 'muscle', 'fat'):.2f}, "
        f"bright surface {np.nan if bright is None else 100 * bright:.3f} %, "
        f"scalp {min(scalp.values()):.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="?", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name matches this")
    chosen = parser.parse_args()
    head = build_head(HEAD_MM)
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        workflow = Workflow(head, folder)
        found = [simulated_cases(head, chosen.seeds, folder)]
        found += [real_cases(folder)] if SHARED.is_dir() else []
        for case in (case for cases in found for case in cases):
            if not re.search(chosen.only, case.name):
                continue
            right, came = judge(case, workflow.run)
            wrong += not right
            mark = "as expected" if right else "NOT AS EXPECTED"
            expected = case.expected or "passed"
            sys.stdout.write(f"{case.name} | {expected} | {mark} | {came}\n")
            sys.stdout.flush()
    if not SHARED.is_dir():
        sys.stdout.write(f"no real images: {SHARED} is not there\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
