"""Brain masks, tissues and normalisation against the truth: python heads.py [N] [--shared].

Simulated people, each with an own shape, pose, skull, bias fields, noise and 4 mm T2w, go
through the rules `conform`, `segment_tissue` and `normalise` as in the workflow. In turn they
have a T1w of 1.5 mm, one of 3 mm slices, a drawn lesion, and a field of view that cuts the
lower cerebellum off. ``--shared`` adds real heads, three with a brain mask drawn by others.
At 1 mm a person takes about 2 minutes of one core; --voxel-mm 2 is faster.
"""

import argparse
import json
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
from rule_steps import build_template, take_to_template

from rt1t2 import images
from rt1t2.head_model import Head, build_head
from rt1t2.phantom import Lesion, Scan, simulate_scan
from rt1t2.resampling import downsample

SEED = 3
KINDS = ("plain", "3 mm", "lesion", "cut")
LESIONS = (
    Lesion((-27.0, -8.0, 24.0), 10.0),
    Lesion((32.0, -42.0, 22.0), 18.0),
    Lesion((44.0, 24.0, 22.0), 16.0),
)
CUT_MM = 55.0  # of the lower end of the T1w: neck, and some millimetres of cerebellum
LIMITS = {"brain": 0.97, "p95 mm": 3.5, "WM": 0.88, "GM": 0.82, "CSF in": 0.75}
LIMITS |= {"mean mm": 1.5, "p95 mm ": 4.0, "T GM": 0.9, "T WM": 0.9, "folded": 0}


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


def cost_row(costs) -> dict[str, float]:
    row = {f"{rule} s": cost.cpu_s for rule, cost in costs.items()}
    return row | {"peak MB": max(cost.peak_mb for cost in costs.values())}


def simulated_people(n: int, keep: Path, template, chosen, options) -> Iterator[dict]:
    for seed in range(n):
        head, scan, kind = simulate(chosen.head_mm, seed)
        folder = keep / f"sub-{seed:02d}"
        write_scan(scan, kind, folder)
        files, costs = take_to_template(folder, template, folder.name, **options)
        ac_mm = np.array(json.loads(Path(files["origin"]).read_text())["ac_mm"])
        truth, tissues, affine = scores.true_maps(scan, head, ac_mm, files["brain"])
        mask = images.load(files["brain"])[0] > 0
        healthy = images.load(files["lesion"])[0] == 0
        yield {
            "head": f"{folder.name} {kind}",
            **scores.mask_scores(mask, truth, np.ones_like(mask), affine),
            **scores.tissue_scores(files, tissues, healthy),
            # how much CSF under the skull is brain is a matter of taste: see the mask
            "CSF in": scores.tissue_scores(files, tissues, healthy & mask & truth)["CSF"],
            **scores.warp_scores(files, template, scan, ac_mm),
            **scores.recorded_fit(files["displacement"]),
            **cost_row(costs),
        }


def real_people(shared: Path, keep: Path, template, options) -> Iterator[dict]:
    for name in openms_heads.PAIRS:
        folder = keep / name
        openms_heads.copy_pair(shared, name, folder)
        files, costs = take_to_template(folder, template, name, **options)
        ac_mm = np.array(json.loads(Path(files["origin"]).read_text())["ac_mm"])
        mask, affine = images.load(files["brain"])
        known = openms_heads.true_brain(shared, name, ac_mm, affine, mask.shape)
        compared = scores.mask_scores(mask > 0, *known, affine) if known else {}
        fit = scores.recorded_fit(files["displacement"])
        yield {"head": name, **compared, **fit, **cost_row(costs)}


def lines(rows: Iterator[dict]) -> Iterator[str]:
    """Give the table line by line, then mean and worst; * marks what misses its limit."""
    seen: list[dict] = []
    for row in rows:
        if not seen:
            titles = [name for name in row if name != "head"]
            yield " " * 17 + "".join(f"{name.strip():>10}" for name in titles)
        seen.append(row)
        yield _line(row["head"], row, titles)
    known = [name for name in titles if any(name in row for row in seen)]
    values = {n: np.array([row[n] for row in seen if n in row]) for n in known}
    upper = {n: LIMITS.get(n, 9) >= 1 or n == "folded" for n in known}
    worst = {n: v.max() if upper[n] else v.min() for n, v in values.items()}
    yield _line("mean", {n: v.mean() for n, v in values.items()}, titles)
    yield _line("worst", worst, titles)


def _line(title: str, row: dict, titles: list[str]) -> str:
    def cell(name: str) -> str:
        if name not in row:
            return "–"
        value, limit = row[name], LIMITS.get(name)
        digits = 0 if name.endswith((" s", "MB", "folded")) else 2
        digits = 3 if limit is not None and 0 < limit < 1 else digits
        missed = limit is not None and (
            value < limit if 0 < limit < 1 else value > limit
        )
        return f"{value:.{digits}f}" + "*" * bool(missed)

    return f"{title:17}" + "".join(f"{cell(name):>10}" for name in titles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", nargs="?", type=int, default=12)
    parser.add_argument("--voxel-mm", type=float, default=1.0, help="of `conform`")
    parser.add_argument("--head-mm", type=float, default=1.5, help="of the anatomy")
    parser.add_argument("--estimate-mm", type=float, default=2.0)
    parser.add_argument("--shared", type=Path, help="folder of reference data")
    parser.add_argument("--keep", type=Path, required=True, help="folder for images")
    parser.add_argument("--from-step", default="conform")
    chosen = parser.parse_args()
    template = build_template(chosen.keep, chosen.voxel_mm)
    options = {name: getattr(chosen, name) for name in ("voxel_mm", "estimate_mm", "from_step")}
    groups = [simulated_people(chosen.people, chosen.keep, template, chosen, options)]
    if chosen.shared:
        groups.append(real_people(chosen.shared, chosen.keep, template, options))
    for group in groups[0 if chosen.people else 1 :]:
        for line in lines(group):
            print(line, flush=True)


if __name__ == "__main__":
    main()
