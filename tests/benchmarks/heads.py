"""Brain masks, tissues and normalisation against the truth: python heads.py [N] [--shared].

Simulated people, each with an own shape, pose, skull, bias fields, noise and 4 mm T2w, go
through the rules from `conform` to `normalise` as in the workflow. In turn they have a
T1w of 1.5 mm, one of 3 mm slices, a drawn lesion, and a field of view that cuts the lower
cerebellum off. ``--shared`` adds real heads, three with a brain mask made by others;
0 --shared runs them alone. Columns: Dice of the brain mask, 95th percentile of the distance of
its edge, its volume; Dice of GM, WM, CSF (and of CSF inside both masks); error of the way from
the template's brain (mean, 95th percentile); Dice with the template's GM and WM (T); folded
voxels, range of the Jacobian; CPU seconds and memory. * misses its limit. A person takes 1.5
minutes of one core at 1 mm; --voxel-mm 2 --head-mm 2 is faster.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(Path(__file__).parent)]

import head_scores as scores
import openms_heads
from rule_steps import Cost, build_template, take_to_template

from rt1t2 import images
from rt1t2.simulate.phantom import Lesion, Scan, simulate_scan
from rt1t2.template.head_model import Head, build_head

SEED = 3
KINDS = ("plain", "3 mm", "lesion", "cut")
LESIONS = (
    Lesion((-27.0, -8.0, 24.0), 10.0),
    Lesion((32.0, -42.0, 22.0), 18.0),
    Lesion((44.0, 24.0, 22.0), 16.0),
)
LARGE = (
    Lesion((32.0, -42.0, 24.0), 18.7),
    Lesion((-34.0, 18.0, 20.0), 19.0),
    Lesion((-40.0, -20.0, 36.0), 19.0),
)
CUT_MM = 55.0  # of the lower end of the T1w: neck, and some millimetres of cerebellum
AT_LEAST = {"brain": 0.97, "WM": 0.88, "GM": 0.82, "CSF in": 0.75}
AT_LEAST |= {"T GM": 0.9, "T WM": 0.9}
AT_MOST = {
    "edge p95": 3.5,
    "way mm": 1.5,
    "way p95": 4.0,
    "folded": 0,
    "moved far": 1.0,
}
# real heads: brains drawn by others; the prototype's overlap with the template
REAL_AT_LEAST = {"brain": 0.955, "T GM": 0.852, "T WM": 0.867}
LOW_IS_BAD = {*AT_LEAST, "CSF", "J low"}


def simulate(head_mm: float, seed: int) -> tuple[Head, Scan, str]:
    """Scan one person; return the head without deformation, scan and kind."""
    kind = KINDS[seed % len(KINDS)]
    own = build_head(head_mm, seed=seed)
    lesion = LESIONS[seed // len(KINDS) % len(LESIONS)]
    lesions = [lesion] if kind == "lesion" else []
    return own, simulate_scan(own, (SEED, seed), lesions=lesions), kind


def write_scan(scan: Scan, kind: str, folder: Path) -> None:
    """Write the native images of a person as the steps expect them."""
    folder.mkdir(parents=True, exist_ok=True)
    t1w, affine = scan.t1w, scan.t1w_affine.copy()
    if kind == "3 mm":
        n = t1w.shape[2] // 2 * 2
        t1w = (t1w[:, :, 0:n:2] + t1w[:, :, 1:n:2]) / 2
        affine[:3, 3] += affine[:3, 2] / 2
        affine[:3, 2] *= 2
    if kind == "cut":
        n = round(CUT_MM / images.voxel_sizes_mm(affine)[2])
        t1w = t1w[:, :, n:]
        affine[:3, 3] += affine[:3, 2] * n
    images.save(t1w, affine, folder / "native_T1w.nii.gz")
    images.save(scan.t2w, scan.t2w_affine, folder / "native_T2w.nii.gz")
    if scan.lesion.any():
        images.save(scan.lesion, scan.t1w_affine, folder / "drawn_lesion.nii.gz")


def cost_row(costs: dict[str, Cost]) -> dict[str, float]:
    """Return CPU seconds of every rule and the highest peak memory."""
    row = {f"{rule} s": cost.cpu_s for rule, cost in costs.items()}
    return row | {"peak MB": max(cost.peak_mb for cost in costs.values())}


def simulated_people(n: int, keep: Path, template, chosen, options) -> Iterator[dict]:
    for seed in range(n):
        head, scan, kind = simulate(chosen.head_mm, seed)
        folder = keep / f"sub-{seed:02d}"
        write_scan(scan, kind, folder)
        files, costs = take_to_template(folder, template, folder.name, **options)
        truth, tissues, affine = scores.true_maps(scan, head, files)
        mask = images.load(files["brain"])[0] > 0
        healthy = images.load(files["lesion"])[0] == 0
        yield {
            "head": f"{folder.name} {kind}",
            **scores.mask_scores(mask, truth, np.ones_like(mask), affine),
            **scores.tissue_scores(files, tissues, healthy),
            # how much CSF under the skull is brain is a matter of taste: see the mask
            "CSF in": scores.tissue_scores(files, tissues, healthy & mask & truth)[
                "CSF"
            ],
            **scores.warp_scores(files, template, scan),
            **scores.recorded_fit(files["displacement"]),
            **cost_row(costs),
        }


def real_people(shared: Path, keep: Path, template, options) -> Iterator[dict]:
    for name in openms_heads.PAIRS:
        folder = keep / name
        openms_heads.copy_pair(shared, name, folder)
        files, costs = take_to_template(folder, template, name, **options)
        mask, affine = images.load(files["brain"])
        known = openms_heads.true_brain(
            shared, name, scores.ac_of(files), affine, mask.shape
        )
        compared = scores.mask_scores(mask > 0, *known, affine) if known else {}
        fit = scores.recorded_fit(files["displacement"])
        yield {"head": name, **compared, **fit, **cost_row(costs)}


def lesion_effects(n: int, keep: Path, template, chosen, options) -> Iterator[dict]:
    """Take people to the template twice: as they are, and with a lesion of about 25 ml."""
    for seed in range(n):
        own = build_head(chosen.head_mm, seed=seed)
        files = {}
        for kind, lesions in (("plain", []), ("lesion", [LARGE[seed % len(LARGE)]])):
            scan = simulate_scan(own, (SEED, seed), lesions=lesions)
            folder = keep / f"sub-{seed:02d}{kind}"
            write_scan(scan, kind, folder)
            files[kind], _ = take_to_template(folder, template, folder.name, **options)
        moved = scores.lesion_shift_mm(files["plain"], files["lesion"], template, scan)
        fit = scores.recorded_fit(files["lesion"]["displacement"])
        yield {"head": f"sub-{seed:02d}", **moved, **fit}


def lines(rows: Iterator[dict], at_least: dict[str, float]) -> Iterator[str]:
    """Give the table line by line, then mean and worst; * marks what misses its limit."""

    def line(row: dict) -> str:
        return f"{row['head']:17}" + "".join(f"{cell(row, n):>10}" for n in titles)

    def cell(row: dict, name: str) -> str:
        value = row.get(name, np.nan)
        whole = name.endswith((" s", "MB", "folded"))
        text = f"{value:.{0 if whole else 3 if name in LOW_IS_BAD else 2}f}"
        below = value < at_least.get(name, -np.inf)
        return text + "*" * (below or value > AT_MOST.get(name, np.inf))

    seen: list[dict] = []
    for row in rows:
        if not seen:
            titles = [name for name in row if name != "head"]
            yield " " * 17 + "".join(f"{name.strip():>10}" for name in titles)
        seen.append(row)
        yield line(row)
    values = {name: [row.get(name, np.nan) for row in seen] for name in titles}
    yield line({"head": "mean"} | {n: float(np.nanmean(v)) for n, v in values.items()})
    worst = {
        n: float((np.nanmin if n in LOW_IS_BAD else np.nanmax)(v))
        for n, v in values.items()
    }
    yield line({"head": "worst"} | worst)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=12)
    parser.add_argument("--voxel-mm", type=float, default=1.0, help="of `conform`")
    parser.add_argument("--head-mm", type=float, default=1.5, help="of the anatomy")
    parser.add_argument("--estimate-mm", type=float, default=2.0)
    parser.add_argument("--shared", type=Path, help="folder of reference data")
    parser.add_argument("--lesions", action="store_true", help="what a lesion moves")
    parser.add_argument("--keep", type=Path, required=True, help="folder for images")
    parser.add_argument("--from-step", default="conform")
    chosen = parser.parse_args()
    template = build_template(chosen.keep, chosen.voxel_mm)
    options = {
        name: getattr(chosen, name) for name in ("voxel_mm", "estimate_mm", "from_step")
    }
    people = lesion_effects if chosen.lesions else simulated_people
    tables = []
    if chosen.people:
        rows = people(chosen.people, chosen.keep, template, chosen, options)
        tables.append((rows, AT_LEAST))
    if chosen.shared:
        rows = real_people(chosen.shared, chosen.keep, template, options)
        tables.append((rows, REAL_AT_LEAST))
    for rows, at_least in tables:
        for line in lines(rows, at_least):
            print(line, flush=True)


if __name__ == "__main__":
    main()
