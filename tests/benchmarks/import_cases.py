"""The import of real sources, or with --wrong of inputs that went wrong: expected and got.

Needs ../shared. Real sources: seconds. --wrong runs the real command for each of 53: 15 minutes.
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from real_imports import CASES, all_met, outcome, unpacked
from wrong_inputs import RIGHT, by_command

COLUMNS = ("case", "converted", "as T1w", "as T2w", "met")
CASES_FOLDER = ROOT.parent / "shared/cases/import"


def real_sources() -> int:
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


def wrong_inputs() -> int:
    """Print for each case what must be said, what is, and whether it matches."""
    met = 0
    for name, right in RIGHT.items():
        said = by_command(CASES_FOLDER / f"{name}.py")
        fits = bool(re.search(right, said, re.DOTALL)) and "Traceback" not in said
        met += fits
        got = " ".join(said.split())
        row = (name, right, got[:300], "yes" if fits else "NO")
        sys.stdout.write("\t".join(row) + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{met} of {len(RIGHT)} right\n")
    return met < len(RIGHT)


if __name__ == "__main__":
    sys.exit(wrong_inputs() if "--wrong" in sys.argv[1:] else real_sources())
