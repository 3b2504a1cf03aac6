"""Twenty-four simulated heads that differ as real ones do: python zoo.py --keep DIR --shared DIR.

Twelve have the template's anatomy; eight BrainWeb's (real folds, tissue truth) and four a real
head's own segmentation. They are scanned by MPRAGE, FLASH or spin echo in slices of 0.8 to 5 mm
in any plane; fat is bright, dark, or dim in front; some are defaced, cut, or have shrunk
(zoo_people.py). Each goes through the rules from `conform` to `normalise`.

Columns: Dice of the brain mask, 95th percentile of the distance of its edge, its volume; how
far each pole is cut (mm, the worse side; see zoo_scores.py); Dice of GM and WM; distance of the
thalami's surfaces (mean, 95th percentile); number of flags; CPU seconds and MB. * misses its
limit. The thalamus is known in the template's anatomy alone (zoo_anatomy.py).

--only 3,7 some heads; --clean the twelve that look ordinary; --simulate-only writes images and
truth alone; --masks stops after `segment`, in half the time; --score-only scores what an earlier
run left. --spoiled: the head prior is pulled 12 mm into the brain at the forehead, and the flags
that this adds are listed. --pairs: the T1w of one head with the T2w of another anatomy, 20
times, and the right ones: what `conform` refuses. At 1 mm a head takes 1.5 minutes of one
core, and half a minute to simulate; images that are there are used again.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(Path(__file__).parent)]

from rule_steps import StepFailedError, build_template, files_in, take_to_template
from zoo_people import COLIN, ICBM, PEOPLE, Person, anatomy_of, write_person
from zoo_scores import POLES, flags_in, person_scores
from zoo_spoiled import spoil_prior

POLE_NAMES = tuple(dict.fromkeys(name.split()[0] for name in POLES))
# Worst case; Dice also in the median.
AT_LEAST = {"brain": 0.96}
MEDIAN_AT_LEAST = {"brain": 0.975}
AT_MOST = {"edge p95": 3.0, **dict.fromkeys(POLE_NAMES, 4.0)}
AT_LEAST_BRAINWEB = {"GM": 0.85, "WM": 0.85}
AT_MOST_TEMPLATE = {"thal mm": 1.5, "thal p95": 3.0}
LOW_IS_BAD = ("brain", "GM", "WM")
COLUMNS = (
    *("brain", "edge p95", "ml/true", *POLE_NAMES, "GM", "WM", "thal mm", "thal p95"),
    *("flags", "CPU s", "MB"),
)
KEPT_RECORDS = ("truth.json", "native_T1w.json", "native_T2w.json")
WHOLE = ("flags", "CPU s", "MB")
WRONG_PAIRS = 20


def simulate(person: Person, chosen: argparse.Namespace, template: dict) -> Path:
    """Write a person's images and truth, if they are not there; return the folder."""
    folder = chosen.keep / person.name
    if not (folder / "truth.npz").exists():
        anatomy = anatomy_of(
            person, chosen.shared, chosen.keep, template, chosen.head_mm
        )
        write_person(person, anatomy, folder)
    return folder


def run_person(person: Person, folder: Path, template: dict, chosen, **options) -> dict:
    """Take a person to the template; return scores, flags, and the refusal if there is one."""
    row = {"head": f"{person.name} {person.anatomy}: {person.look}"}
    try:
        files, cost = rules(person, folder, template, chosen, **options)
    except StepFailedError as error:
        return row | {"refused": str(error), "told": flags_in(folder)}
    told = flags_in(folder)
    each = person_scores(folder, files, warped=not chosen.masks)
    row |= {name: each[name] for name in each if name not in POLES}
    for pole in POLE_NAMES:
        row[pole] = max(each[name] for name in POLES if name.split()[0] == pole)
    row |= cost | {
        "flags": len(told),
        "told": told,
        "poles": {n: each[n] for n in POLES},
    }
    (folder / "scores.json").write_text(json.dumps(row, indent=1))
    return row


def rules(
    person: Person, folder: Path, template: dict, chosen, **options
) -> tuple[dict[str, str], dict[str, float]]:
    """Run the rules, or take what an earlier run left; return the files and the cost."""
    scored = folder / "scores.json"
    if chosen.score_only:
        earlier = json.loads(scored.read_text()) if scored.exists() else {}
        way = {"affine": "affine.txt", "displacement": "displacement.nii.gz"}
        files = files_in(folder) | {name: str(folder / f) for name, f in way.items()}
        return files, {name: earlier.get(name, np.nan) for name in ("CPU s", "MB")}
    for old in folder.glob("*.json"):  # no flags of an earlier run
        if "from_step" not in options and old.name not in KEPT_RECORDS:
            old.unlink()
    files, costs = take_to_template(
        folder,
        template,
        person.name,
        voxel_mm=chosen.voxel_mm,
        estimate_mm=chosen.estimate_mm,
        until="segment" if chosen.masks else "normalise",
        **options,
    )
    cpu_s, peak_mb = zip(*costs.values(), strict=True)
    return files, {"CPU s": sum(cpu_s), "MB": max(peak_mb)}


def missed(row: dict, name: str) -> bool:
    """Say whether a value misses the limit of its head."""
    value = row.get(name, np.nan)
    least, most = dict(AT_LEAST), dict(AT_MOST)
    if f" {COLIN}:" in row["head"]:
        least |= AT_LEAST_BRAINWEB
    if f" {ICBM}:" in row["head"]:
        most |= AT_MOST_TEMPLATE
    if row["head"] == "median":
        least = MEDIAN_AT_LEAST
    return bool(value < least.get(name, -np.inf) or value > most.get(name, np.inf))


def cells(row: dict) -> list[str]:
    """Return a row as text, in the order of COLUMNS."""
    if "refused" in row:
        return [row["refused"]]
    texts = []
    for name in COLUMNS:
        value = row.get(name, np.nan)
        digits = 0 if name in WHOLE else 3 if name in LOW_IS_BAD else 1
        digits = 2 if name in ("ml/true", "edge p95", "thal mm", "thal p95") else digits
        texts.append(f"{value:.{digits}f}" + "*" * missed(row, name))
    return texts


def summary(rows: list[dict]) -> list[dict]:
    """Return median and worst of every column."""
    scored = [row for row in rows if "refused" not in row]
    if not scored:
        return []
    median, worst = {"head": "median"}, {"head": "worst"}
    for name in COLUMNS:
        values = np.array([row.get(name, np.nan) for row in scored])
        values = values[np.isfinite(values)]
        if len(values):
            median[name] = float(np.median(values))
            worst[name] = float(values.min() if name in LOW_IS_BAD else values.max())
            if name == "ml/true":
                worst[name] = float(values[np.abs(values - 1).argmax()])
    return [median, worst]


def table(rows: list[dict], markdown: bool) -> Iterator[str]:
    """Give the table and below it the flags of every head."""
    lines = [["head", *COLUMNS]]
    lines += [[row["head"], *cells(row)] for row in [*rows, *summary(rows)]]
    if markdown:
        lines.insert(1, ["---"] * len(lines[0]))
        yield from (f"| {' | '.join(line)} |" for line in lines)
    else:
        yield from (
            f"{line[0]:52}" + " ".join(f"{c:>9}" for c in line[1:]) for line in lines
        )
    yield ""
    for row in rows:
        yield from (f"{row['head'].split()[0]}: {flag}" for flag in row["told"])


def kind(flag: str) -> str:
    """Return a flag without its numbers: the same doubt may come with another figure."""
    return re.sub(r"[-+.e\d]*\d", "#", flag)


def spoiled_people(people, chosen, template) -> Iterator[str]:
    """Spoil every prior; say which flags or refusals this adds, and what happens to the poles."""
    named = 0
    for person in people:
        plain = simulate(person, chosen, template)
        if not (plain / "prior.nii.gz").exists():
            run_person(person, plain, template, chosen)
        before = {kind(flag) for flag in flags_in(plain)}
        folder = chosen.keep / "spoiled" / person.name
        shutil.copytree(plain, folder, dirs_exist_ok=True)
        row = run_person(
            person,
            folder,
            template,
            chosen,
            from_step="head_prior",
            after={"head_prior": spoil_prior},
        )
        new = [flag for flag in row["told"] if kind(flag) not in before]
        named += bool(new) or "refused" in row
        told = row.get("refused") or "; ".join(new) or "SILENT"
        cut = f"frontal {row['frontal']:5.1f} mm" if "frontal" in row else "refused"
        yield f"{row['head']:52} {cut:>16}  {told}"
    yield f"flagged or refused: {named} of {len(people)}"


def pairings(people: tuple[Person, ...]) -> list[tuple[Person, Person]]:
    """Return WRONG_PAIRS pairs of different brains, each person in turn, and the right ones.

    The k-th person is paired with the k-th of those whose anatomy is another one, from the first
    again after the last.
    """
    wrong = []
    for k, person in enumerate(people):
        others = [other for other in people if other.anatomy != person.anatomy]
        wrong += [(person, others[k % len(others)])] if others else []
    return wrong[:WRONG_PAIRS] + [(person, person) for person in people]


def mixed_pairs(people, chosen, template) -> Iterator[str]:
    """Give `conform` the T1w of one head and the T2w of another, and the right ones."""
    refused = {True: [0, 0], False: [0, 0]}
    for first, second in pairings(people):
        folder = chosen.keep / "pairs" / f"{first.name}_{second.name}"
        folder.mkdir(parents=True, exist_ok=True)
        for person, image in ((first, "native_T1w"), (second, "native_T2w")):
            source = simulate(person, chosen, template) / f"{image}.nii.gz"
            shutil.copyfile(source, folder / source.name)
        told = "accepted"
        try:
            take_to_template(
                folder,
                template,
                first.name,
                voxel_mm=chosen.voxel_mm,
                estimate_mm=chosen.estimate_mm,
                until="conform",
            )
        except StepFailedError as error:
            told = str(error)
        counts = refused[first is second]
        counts[0] += told != "accepted"
        counts[1] += 1
        yield f"T1w of {first.name}, T2w of {second.name}: {told}"
    yield f"refused: {refused[False][0]} of {refused[False][1]} pairs of different heads"
    yield f"refused: {refused[True][0]} of {refused[True][1]} right pairs"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, required=True, help="folder for images")
    parser.add_argument("--shared", type=Path, help="folder of reference data")
    parser.add_argument("--only", help="numbers of heads, as 3,7")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--simulate-only", action="store_true")
    parser.add_argument("--masks", action="store_true", help="stop after `segment`")
    parser.add_argument("--score-only", action="store_true")
    parser.add_argument("--spoiled", action="store_true")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--table", action="store_true", help="markdown")
    parser.add_argument("--voxel-mm", type=float, default=1.5, help="of `conform`")
    parser.add_argument("--head-mm", type=float, default=1.5, help="template anatomy")
    parser.add_argument("--estimate-mm", type=float, default=2.0)
    chosen = parser.parse_args()
    numbers = [int(n) for n in chosen.only.split(",")] if chosen.only else None
    people = tuple(
        p
        for p in PEOPLE
        if (numbers is None or p.number in numbers) and (p.clean or not chosen.clean)
    )
    template = build_template(
        chosen.keep / f"template_{chosen.voxel_mm:g}mm", chosen.voxel_mm
    )
    if chosen.simulate_only:
        for person in people:
            print(simulate(person, chosen, template), flush=True)
        return
    if chosen.spoiled or chosen.pairs:
        mode = spoiled_people if chosen.spoiled else mixed_pairs
        for line in mode(people, chosen, template):
            print(line, flush=True)
        return
    rows = []
    for person in people:
        folder = simulate(person, chosen, template)
        rows.append(run_person(person, folder, template, chosen))
        print(rows[-1]["head"], *cells(rows[-1]), file=sys.stderr, flush=True)
    print("\n".join(table(rows, chosen.table)))


if __name__ == "__main__":
    main()
