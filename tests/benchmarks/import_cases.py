"""The import of every real source: case, expected, got, as a table. Needs ../shared; seconds."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from real_imports import CASES, all_met, outcome, unpacked

COLUMNS = ("case", "converted", "as T1w", "as T2w", "met")


def main() -> int:
    """Print a row for each case, and what was got below it where that says more."""
    met = 0
    sys.stdout.write("\t".join(COLUMNS) + "\n")
    with tempfile.TemporaryDirectory() as name:
        root = unpacked(ROOT.parent / "shared", Path(name) / "real")
        for number, case in enumerate(CASES):
            got = outcome(case, root, Path(name) / str(number))
            met += all_met(case, got)
            wanted = case.converted, case.as_t1w, case.as_t2w
            answer = "yes" if all_met(case, got) else "NO"
            sys.stdout.write("\t".join((case.source, *wanted, answer)) + "\n")
            sys.stdout.write("\t".join(("  got", *got)) + "\n")
    sys.stdout.write(f"{met} of {len(CASES)} as expected\n")
    return met < len(CASES)


if __name__ == "__main__":
    sys.exit(main())
