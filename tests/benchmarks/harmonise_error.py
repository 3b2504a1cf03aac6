"""Region tests after ComBat: bias of a group effect, false positives, how many controls it needs.

    python tests/benchmarks/harmonise_error.py [--studies N] [--seed N]

Two protocols and two groups: the second protocol adds a shift of its own to every region and has
more spread between people; the regions of a person are correlated. ComBat is fitted on the
controls; then comes the model of ``region_tests``, with the groups' variances by ReML. The same
people are tested without and with an effect of 1 SD: "of what is added" is its bias free of noise.
"""

import argparse
import contextlib
import io
import sys

import numpy as np
import pandas
from neuroCombat import neuroCombat
from scipy import stats

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/scripts")

from rt1t2.group.combat import fit_combat
from rt1t2.group.contrast_design import contrast_design
from rt1t2.group.model import fit_groups, sum_groups

N_REGIONS = 30
SHARED = 0.4  # of the variance between people that regions have in common
CONTRAST = {"name": "PSP-HC", "plus": "PSP", "minus": "HC"}
# controls of both protocols, patients of both, SD of the second protocol over that of the first
DESIGNS = (
    ((12, 12), (12, 12), 1.0),
    ((12, 12), (12, 12), 1.3),
    ((20, 10), (10, 20), 1.3),
    ((10, 10), (30, 10), 1.3),
    ((10, 10), (30, 10), 1.5),
)


def people(controls, patients):
    """Return rows of the participants table with groups and protocols."""
    n = dict(
        zip(
            [("HC", "P1"), ("HC", "P2"), ("PSP", "P1"), ("PSP", "P2")],
            [*controls, *patients],
            strict=True,
        )
    )
    kinds = [kind for kind, count in n.items() for _ in range(count)]
    return [
        {"participant_id": f"sub-{i}", "group": group, "protocol": protocol}
        for i, (group, protocol) in enumerate(kinds)
    ]


def simulate(rows, spread, rng):
    """Return values, SD between people with the first protocol, and shift of the second."""
    mean = np.linspace(1.5, 3.5, N_REGIONS)
    sd = 0.08 * mean
    second = np.array([row["protocol"] == "P2" for row in rows])[:, None]
    own = rng.normal(size=(len(rows), N_REGIONS))
    noise = (
        np.sqrt(SHARED) * rng.normal(size=(len(rows), 1)) + np.sqrt(1 - SHARED) * own
    )
    shift = sd * (0.5 + 0.5 * rng.normal(size=N_REGIONS))
    return mean + second * shift + sd * noise * np.where(second, spread, 1), sd, shift


def designs(rows):
    """Return, by way of testing, whether the values are harmonised and the design."""
    plain = contrast_design(CONTRAST, rows, [])
    return {
        "raw": (False, plain),
        "harmonised": (True, plain),
        "harmonised, protocol kept": (
            True,
            contrast_design(CONTRAST, rows, ["protocol"]),
        ),
    }


def study(rows, spread, ways, rng):
    """Test one study; return bias, bias on the same noise, and false positives of each way."""
    y, sd, _ = simulate(rows, spread, rng)
    patient = np.array([row["group"] == "PSP" for row in rows])
    protocols = [row["protocol"] for row in rows]
    groups = [row["group"] for row in rows]
    none = np.empty((len(rows), 0))
    of_controls = [p for p, other in zip(protocols, patient, strict=True) if not other]
    fitted = fit_combat(y[~patient], of_controls, none[~patient])
    more = y + sd * patient[:, None]
    both = [(v, fitted.apply(v, protocols, none, groups)) for v in (y, more)]
    found = {}
    for way, (harmonised, design) in ways.items():
        null, effect = (pair[int(harmonised)] for pair in both)
        sums = sum_groups(null, design, N_REGIONS, "exclude_voxel")
        fit = fit_groups(sums, design, "unequal")
        p = 2 * stats.t.sf(np.abs(fit.t), fit.df)
        beta = np.linalg.lstsq(design.matrix, np.hstack([null, effect]), rcond=None)[0]
        before, after = np.split(design.contrast @ beta, 2)
        found[way] = (
            np.mean(after / sd) - 1,
            np.mean((after - before) / sd) - 1,
            np.mean(p < 0.05),
        )
    return found


def published(rows, rng):
    """Return the share of an effect that published code keeps, fitted on controls: 1 / δ*."""
    y, _, _ = simulate(rows, 1.0, rng)
    control = np.array([row["group"] == "HC" for row in rows])
    scans = pandas.DataFrame({"scan": [row["protocol"] for row in rows]})[control]
    with contextlib.redirect_stdout(io.StringIO()):
        fitted = neuroCombat(y[control].T, scans, "scan")["estimates"]
    return np.mean(1 / np.sqrt(fitted["delta.star"]))


def needed(n, rng, studies):
    """Return errors of shift (in SD) and scale (share) with n controls of each protocol, RMS."""
    rows = people((n, n), (0, 0))
    shifts, scales = [], []
    for _ in range(studies):
        y, sd, shift = simulate(rows, 1.3, rng)
        fitted = fit_combat(y, [row["protocol"] for row in rows], np.empty((2 * n, 0)))
        apart = fitted.shift[1] - fitted.shift[0]
        shifts.append(np.mean(((apart - shift) / sd) ** 2))
        scales.append(
            np.mean((np.sqrt(fitted.variance[1] / fitted.variance[0]) / 1.3 - 1) ** 2)
        )
    return np.sqrt(np.mean(shifts)), np.sqrt(np.mean(scales))


def interval(values):
    """Return mean and half the 95 % interval of it, in percent."""
    half = stats.norm.isf(0.025) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{100 * np.mean(values):.2f} ± {100 * half:.2f}"


def main():
    """Print the tables of the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20250422)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    for n in (3, 5, 7, 10, 15, 20, 30):
        shift, scale = needed(n, rng, asked.studies // 4)
        print(
            f"{n} controls: shift {shift:.2f} SD, scale {100 * scale:.1f} %", flush=True
        )
    for n in (10, 15, 30):
        rows = people((n, n), (10, 10))
        kept = [published(rows, rng) for _ in range(asked.studies // 10)]
        print(
            f"published code, {n} + {n} controls keep {interval(kept)} % of an effect"
        )
    for controls, patients, spread in DESIGNS:
        rows = people(controls, patients)
        ways = designs(rows)
        studies = [study(rows, spread, ways, rng) for _ in range(asked.studies)]
        for way in studies[0]:
            bias, kept, positive = zip(*(one[way] for one in studies), strict=True)
            print(
                f"controls {controls}, patients {patients}, SD {spread}, {way}: bias "
                f"{interval(bias)} %, of what is added {interval(kept)} %, "
                f"false positives {interval(positive)} %",
                flush=True,
            )


if __name__ == "__main__":
    main()
