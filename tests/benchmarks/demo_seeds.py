"""Is what the demo plants found whatever the seed: python demo_seeds.py FOLDER [--seeds 1-10].

The demo with other people, from DICOM to the clusters and the receptor correlations (without pages,
error rates and figures), a folder for each seed; what is there is used again. Printed of each: p of
the planted difference by the primary test and its distance from the planted centre; the smallest p
of the comparison in which nothing is planted but a receptor's pattern of 2 %; that receptor's rank
among the maps, and its p after FDR, in both groups. 8 to 12 minutes of two cores for each seed.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from rt1t2.tables import read_tsv

PLANTED_MM = (-7, -19, 10)
PLANTED, NULL = ("HC-PSP", "PSP-HC"), ("HC-PSPS2", "PSPS2-HC")
BETWEEN = ("PSP-PSPS2", "PSPS2-PSP")
PRIMARY = "cluster_p_fwe_permutation"
RECEPTOR = "simulated_D2"


def run(seed: int, folder: Path, cores: str) -> None:
    """Run the demo with a seed as far as the figures."""
    wanted = [f"results/group/{name}/summary.json" for name in PLANTED + NULL + BETWEEN]
    own = folder / "seed.yaml"
    own.write_text(f"seed: {seed}\nstatistics: {{null_studies: 0}}\n")
    command = [sys.executable, "-m", "snakemake", "--cores", cores, "--quiet", "rules"]
    command += ["--configfile", str(ROOT / "config/demo.yaml"), str(own)]
    command += ["--directory", str(folder), "--", *wanted]
    command.append("results/receptors/correlations.tsv")
    with (folder / "run.log").open("a") as log:
        subprocess.run(command, cwd=ROOT, check=True, stdout=log, stderr=log)


def clusters(results: Path, contrasts: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the clusters of contrasts that the primary test could judge."""
    for name in contrasts:
        rows = read_tsv(results / "group" / name / "clusters.tsv")
        yield from (row for row in rows if row[PRIMARY] != "n/a")


def scores(results: Path) -> dict[str, str]:
    """Return one line of the table."""
    here = [
        (math.dist(PLANTED_MM, [float(row[f"cog_{a}_mm"]) for a in "xyz"]), row)
        for row in clusters(results, PLANTED[:1])
    ]
    near = min(here, default=(math.nan, {PRIMARY: "1"}), key=lambda found: found[0])
    false = [float(row[PRIMARY]) for row in clusters(results, NULL)]
    correlations = read_tsv(results / "receptors/correlations.tsv")
    line = {
        "p": near[1][PRIMARY],
        "mm": f"{near[0]:.0f}",
        "p of none": f"{min(false, default=1.0):.3f}",
    }
    for group in dict.fromkeys(row["group"] for row in correlations):
        rows = [row for row in correlations if row["group"] == group]
        rows.sort(key=lambda row: -abs(float(row["mean_fisher_z"])))
        (rank,) = [i for i, row in enumerate(rows, 1) if row["map"] == RECEPTOR]
        line[f"{group} rank"] = str(rank)
        line[f"{group} p(FDR)"] = f"{float(rows[rank - 1]['p_fdr']):.3f}"
    summary = json.loads((results / "group" / PLANTED[0] / "summary.json").read_text())
    return line | {"n": str(summary["n_plus"] + summary["n_minus"])}


def main() -> None:
    """Run, and print a line for each seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", default="1-10", help="first-last")
    parser.add_argument("--cores", default="all")
    chosen = parser.parse_args()
    first, last = map(int, chosen.seeds.split("-"))
    for seed in range(first, last + 1):
        folder = chosen.folder / f"seed-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        run(seed, folder, chosen.cores)
        line = scores(folder / "results")
        text = "  ".join(f"{name} {cell}" for name, cell in line.items())
        print(f"seed {seed}: {text}", flush=True)


if __name__ == "__main__":
    main()
