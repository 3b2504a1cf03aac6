"""Compare the results of two runs, byte by byte: python same_bytes.py RUN OTHER_RUN.

A run is the folder that was given as --directory. Everything under ``results`` counts; logs and
benchmarks hold times and places, and do not. Prints what differs and ends with 1 if anything does.
"""

import hashlib
import sys
from pathlib import Path


def digests(run: Path) -> dict[str, str]:
    """Return the sha256 of every file under ``results``, by its name there."""
    results = run / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file()
    }


def differences(run: Path, other: Path) -> list[str]:
    """Return one line for every file that is missing in one run, or whose bytes differ."""
    here, there = digests(run), digests(other)
    lines = []
    for name in sorted({*here, *there}):
        if name not in there:
            lines.append(f"only in {run}: {name}")
        elif name not in here:
            lines.append(f"only in {other}: {name}")
        elif here[name] != there[name]:
            lines.append(f"differs: {name}")
    return lines


def report(run: Path, other: Path) -> bool:
    """Print how the runs compare; True where they are the same. No results at all is no match."""
    count = len(digests(run))
    lines = differences(run, other)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    same = count > 0 and not lines
    verdict = "byte-identical" if same else f"NOT the same: {len(lines)} differ"
    sys.stdout.write(f"{run} and {other}: {count} files, {verdict}\n")
    return same


if __name__ == "__main__":
    sys.exit(not report(Path(sys.argv[1]), Path(sys.argv[2])))
