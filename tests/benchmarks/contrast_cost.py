"""What a contrast costs with everything on: contrast_cost.py FOLDER [--maps 44] [--pairs 3].

Finished maps (smooth noise in the brain, 1 mm, 10 mm FWHM, a ball that is lower in one group)
of three groups go through the target ``group`` with 1,000 permutations and 1,000 null studies,
on one core. Printed: CPU seconds and peak memory of every rule. ``--code`` and ``--python`` run
another version of the workflow; maps that are there are used again. Three pairs take a quarter
of an hour.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml
from resource_requests import ROOT, use

sys.path[:0] = [str(ROOT / "scripts")]

SHARES = {"HC": 18, "PSP": 11, "PSPS2": 15}
PAIRS = (("PSP", "HC"), ("PSPS2", "HC"), ("PSP", "PSPS2"))
FWHM_MM, COLUMNS = 10.0, ("participant_id", "group", "map", "age", "sex")


def write_study(folder: Path, n: int, voxel_mm: int, pairs: int) -> Path:
    """Write maps, table and config; return the config's path."""
    from nilearn.datasets import load_mni152_brain_mask
    from scipy import ndimage

    from rt1t2 import images
    from rt1t2.tables import write_tsv

    mask = load_mni152_brain_mask(resolution=voxel_mm)
    brain = mask.get_fdata() > 0.5
    sigma = FWHM_MM / voxel_mm / np.sqrt(8 * np.log(2))
    groups = [name for name, share in SHARES.items() for _ in range(share)]
    rows, at = [], np.indices(brain.shape).T
    ball = np.linalg.norm(at - np.array(brain.shape) / 2, axis=-1).T < 12 / voxel_mm
    for number in range(n):
        group = groups[number * len(groups) // n]
        path = folder / f"sub-{number:03d}_{voxel_mm}mm.nii.gz"
        if not path.exists():
            rng = np.random.default_rng(number)
            noise = ndimage.gaussian_filter(rng.standard_normal(brain.shape), sigma)
            data = 1.5 + 0.1 * noise / noise.std() - 0.15 * ball * (group == "PSP")
            data = np.where(brain, np.round(data * 512) / 512, np.nan)
            images.save(data.astype(np.float32), mask.affine, path)
        cells = (f"sub-{number:03d}", group, path.name, 40 + number % 30)
        rows.append(dict(zip(COLUMNS, (*cells, "MF"[number % 2]), strict=True)))
    write_tsv(rows, COLUMNS, folder / "participants.tsv")
    config = {
        "participants": "participants.tsv",
        "groups": {name: f"Group {name}" for name in SHARES},
        "control_group": "HC",
        "contrasts": [
            {"name": f"{a}-{b}", "plus": a, "minus": b}
            for pair in PAIRS[:pairs]
            for a, b in (pair, pair[::-1])
        ],
        "normalisation": {"voxel_mm": float(voxel_mm)},
        "statistics": {
            "permutations": 1000,
            "null_studies": 1000,
            "label_clusters": False,
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def main() -> None:
    """Run the contrasts, and print a line for each rule and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--maps", type=int, default=44)
    parser.add_argument("--voxel-mm", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--code", type=Path, default=ROOT)
    parser.add_argument("--python", default=sys.executable)
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = write_study(folder, chosen.maps, chosen.voxel_mm, chosen.pairs)
    run = folder / f"{chosen.code.resolve().name}-{chosen.maps}-{chosen.pairs}"
    command = [chosen.python, "-m", "snakemake", "--cores", "1", "--directory", run]
    command += ["--configfile", config, "--quiet", "all", "--", "group"]
    subprocess.run(list(map(str, command)), cwd=chosen.code, check=True)
    total = 0.0
    for rule in sorted(path.stem for path in (run / "benchmarks").iterdir()):
        used = use([run], rule)
        total += used.cpu_s
        sys.stdout.write(
            f"{rule:24}{used.jobs:3} jobs {used.cpu_s:8.1f} CPU s {used.peak_mb:6.0f} MB\n"
        )
    sys.stdout.write(f"{'all':24}{total:17.1f} CPU s\n")


if __name__ == "__main__":
    main()
