"""CPU seconds and memory of a dry run over many participants: python dry_run.py [N]."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(n_participants: int) -> None:
    """Write a table of empty files, dry-run it, and say what it cost."""
    with tempfile.TemporaryDirectory() as name:
        study = Path(name)
        rows = ["participant_id\tgroup\tage\tsex\tt1w\tt2w"]
        for number in range(n_participants):
            for image in ("t1w", "t2w"):
                (study / f"{number}_{image}.nii.gz").touch()
            group = ("HC", "PSP", "PSPS2")[number % 3]
            images = f"{number}_t1w.nii.gz\t{number}_t2w.nii.gz"
            rows.append(f"sub-{number:05d}\t{group}\t60\tF\t{images}")
        (study / "participants.tsv").write_text("\n".join(rows) + "\n")
        (study / "config.yaml").write_text("participants: participants.tsv\n")
        command = [sys.executable, "-m", "snakemake", "-n", "-q", "all", "--cores", "1"]
        subprocess.run(
            [
                *command,
                "--configfile",
                study / "config.yaml",
                "--directory",
                study / "run",
            ],
            cwd=ROOT,
            check=True,
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(
        f"{n_participants} participants: {used.ru_utime + used.ru_stime:.1f} CPU s, "
        f"{used.ru_maxrss / 1e3:.0f} MB\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
