"""What a dry run over many participants costs, beside a plain chain: dry_run.py [N] [--quiet].

The chain (ten rules, one file each, the same number of people) is what Snakemake itself costs on
this machine; the ratio of the two does not depend on how fast the machine is. For ``--quiet`` and
1,000 people it is 4.4: 13 jobs per participant that declare every file. ``--quiet`` measures
``snakemake -n -q``, which makes and checks the plan but does not write out every job.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CHAIN = """
rule all:
    input: [f"r9/{i}.txt" for i in range(%d)]

for k in range(10):
    rule:
        name: f"r{k}"
        input: f"r{k - 1}/{{i}}.txt" if k else []
        output: f"r{k}/{{i}}.txt"
        shell: "touch {output}"
"""


def main() -> None:
    """Dry-run the workflow over a table of empty files, and the chain; print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("participants", nargs="?", type=int, default=1000)
    parser.add_argument("--quiet", action="store_true")
    chosen = parser.parse_args()
    n_participants = chosen.participants
    quiet = ["--quiet"] if chosen.quiet else []
    with tempfile.TemporaryDirectory() as name:
        study = Path(name)
        config = write_study(study, n_participants)
        chain = study / "chain.smk"
        chain.write_text(CHAIN % n_participants)
        ours_s, ours_mb = dry_run(
            ROOT, "--configfile", config, "--directory", study, *quiet
        )
        chain_s, chain_mb = dry_run(study, "--snakefile", chain, *quiet)
    sys.stdout.write(
        f"{n_participants} participants: {ours_s:.1f} CPU s, {ours_mb:.0f} MB; "
        f"chain of ten rules: {chain_s:.1f} CPU s, {chain_mb:.0f} MB; "
        f"ratio {ours_s / chain_s:.2f}\n"
    )


def write_study(study: Path, n_participants: int) -> Path:
    rows = ["participant_id\tgroup\tage\tsex\tt1w\tt2w"]
    for number in range(n_participants):
        for image in ("t1w", "t2w"):
            (study / f"{number}_{image}.nii.gz").touch()
        group = ("HC", "PSP", "PSPS2")[number % 3]
        images = f"{number}_t1w.nii.gz\t{number}_t2w.nii.gz"
        rows.append(f"sub-{number:05d}\t{group}\t60\tF\t{images}")
    (study / "participants.tsv").write_text("\n".join(rows) + "\n")
    config = study / "config.yaml"
    config.write_text("participants: participants.tsv\n")
    return config


def dry_run(folder: Path, *options: str | Path) -> tuple[float, float]:
    """Return CPU seconds and peak memory (MB) of ``snakemake -n``."""
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


if __name__ == "__main__":
    main()
