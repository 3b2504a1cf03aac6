"""Region values harmonised over the scan protocols by ComBat, or the reason why they are not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rt1t2.columns import MISSING
from rt1t2.group.combat import Combat, fit_combat
from rt1t2.group.design import PARTICIPANT, PROTOCOL, Row, named_columns
from rt1t2.tables import described, number

# With fewer controls of two protocols, a person's value is off by more than half of the SD between
# people, because the shift is (RMS; tests/benchmarks/README.md, harmonise_error.py).
FEWEST_CONTROLS = 10

TOLD = {
    PARTICIPANT: "participant",
    "group": "group of the participant",
    PROTOCOL: "scan protocol, as in calibration/protocols.tsv",
    "atlas": "name of the atlas",
    "index": "label of the region in the atlas",
    "region": "name of the region",
    "mean": "mean ratio of regions/native.tsv",
    "harmonised": "the same, harmonised over the protocols by ComBat; n/a where refused",
}
COLUMNS = tuple(TOLD)


@dataclass(frozen=True)
class Harmonisation:
    """Rows of ``regions/harmonised.tsv`` (COLUMNS), and what ``harmonised.json`` says of them."""

    rows: list[dict[str, Any]]
    facts: dict[str, Any]


def harmonise(
    values: Sequence[Row],
    people: Sequence[Row],
    controls: Sequence[str],
    covariates: Sequence[str],
) -> Harmonisation:
    """Fit ComBat on the controls, and apply it to everybody.

    Parameters
    ----------
    values
        Rows of ``regions/native.tsv``.
    people
        ``participant_id``, ``group``, ``protocol`` and the covariates of those with values.
    controls
        Participants that the protocols' effects are fitted on, one scan of each person.
    covariates
        What is protected; ``protocol`` among them is passed over. Who lacks one, or has no
        known protocol, is not harmonised.

    Returns
    -------
    Harmonisation
        All values are n/a, and ``Refused`` holds the reason, where the protocols cannot be
        harmonised (:func:`refusal`). Nothing changes where there is one protocol.

    Raises
    ------
    UserError
        A covariate is no column, or neither numbers nor words.
    """
    protected = [name for name in covariates if name != PROTOCOL]
    usable = [row for row in people if _is_known(row, [PROTOCOL, *protected])]
    columns: dict[str, np.ndarray] = {}
    for name in protected:
        columns |= named_columns(f"regions.harmonise: covariate {name}", name, usable)
    x = np.array([*columns.values()]).T.reshape(len(usable), len(columns))
    protocols = [row[PROTOCOL] for row in usable]
    fit_on = np.isin([row[PARTICIPANT] for row in usable], list(controls))
    reason = refusal(usable, fit_on, x, list(columns))
    regions = list(dict.fromkeys(_region(row) for row in values))
    raw = _matrix(values, usable, regions)
    harmonised, fitted = np.full(raw.shape, np.nan), None
    several = len(set(protocols)) > 1
    if not reason and several:
        fit_to = [name for name, used in zip(protocols, fit_on, strict=True) if used]
        fitted = fit_combat(raw[fit_on], fit_to, x[fit_on])
        groups = [row["group"] for row in usable]
        harmonised = fitted.apply(raw, protocols, x, groups)
    elif not reason:
        harmonised = raw
    missing = np.isnan(harmonised).all(axis=0) & np.isfinite(raw).any(axis=0)
    facts = {
        "Method": "ComBat",
        "Refused": reason,
        "Participants": _counts(usable),
        "ControlsFitted": _of_protocols(usable, fit_on),
        "Protected": protected,
        "NotHarmonised": [row[PARTICIPANT] for row in people if row not in usable],
        "RegionsLeftOut": [] if reason else _named(regions, missing),
        "Effects": _effects(fitted) if fitted else {},
    }
    return Harmonisation(_rows(values, people, usable, regions, harmonised), facts)


def refusal(
    people: Sequence[Row], fit_on: np.ndarray, x: np.ndarray, names: Sequence[str]
) -> str | None:
    """Return why the protocols cannot be harmonised, in one message; ``None`` if they can.

    Parameters
    ----------
    people
        ``group`` and ``protocol`` of everybody.
    fit_on
        Which of them the effects are fitted on, bool, shape (n,).
    x, names
        Columns that are protected, shape (n, columns).
    """
    counts = _counts(people)
    if len(counts) < 2:
        return None
    faults, few = [], []
    needed = FEWEST_CONTROLS + len(names)
    for protocol, n in _of_protocols(people, fit_on).items():
        if not n:
            faults.append(f"protocol {protocol} has no controls")
        elif n < needed:
            few.append(f"{protocol} has {n}")
    for group in sorted({row["group"] for row in people}):
        scanned_with = [protocol for protocol in counts if group in counts[protocol]]
        if len(scanned_with) == 1:
            faults.append(f"all of group {group} have protocol {scanned_with[0]}")
    if few:
        for_columns = f" ({FEWEST_CONTROLS}, and 1 for each of {', '.join(names)})"
        needs = f"{needed} controls are needed{for_columns * bool(names)}"
        faults.append(f"{needs} of each protocol, and {', '.join(few)}")
    if not faults:
        levels = [row[PROTOCOL] for row in people]
        member = np.array([[level == name for name in counts] for level in levels])
        design = np.hstack([member, x]).astype(float)[fit_on]
        if np.linalg.matrix_rank(design) < design.shape[1]:
            faults.append(
                f"among the controls, {', '.join(names)} cannot be told from the protocols"
            )
    if not faults:
        return None
    said = "; ".join(
        f"{protocol}: " + ", ".join(f"{n} {group}" for group, n in groups.items())
        for protocol, groups in counts.items()
    )
    return (
        f"regions.harmonise: ComBat is refused, so no region is tested: {'; '.join(faults)}. "
        f"Participants by protocol and group: {said}. What a protocol does cannot be told "
        "from what a group is, or not well enough. Add controls, exclude the people of that "
        "protocol or group, or set regions.harmonise to none."
    )


def values_to_test(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return rows of ``harmonised.tsv`` with the harmonised value as ``mean``.

    Who has none is left out.
    """
    has = {row[PARTICIPANT] for row in rows if row["harmonised"] != MISSING}
    return [{**r, "mean": r["harmonised"]} for r in rows if r[PARTICIPANT] in has]


def _is_known(row: Row, names: Sequence[str]) -> bool:
    return all(row.get(name, "unnamed") not in ("", MISSING) for name in names)


def _region(row: Row) -> tuple[str, str, str]:
    return row["atlas"], row["index"], row["region"]


def _matrix(
    values: Sequence[Row],
    people: Sequence[Row],
    regions: Sequence[tuple[str, str, str]],
) -> np.ndarray:
    at = {row[PARTICIPANT]: i for i, row in enumerate(people)}
    column = {region: k for k, region in enumerate(regions)}
    matrix = np.full((len(people), len(regions)), np.nan)
    for row in values:
        if row[PARTICIPANT] in at:
            matrix[at[row[PARTICIPANT]], column[_region(row)]] = number(row["mean"])
    return matrix


def _rows(
    values: Sequence[Row],
    people: Sequence[Row],
    usable: Sequence[Row],
    regions: Sequence[tuple[str, str, str]],
    harmonised: np.ndarray,
) -> list[dict[str, Any]]:
    protocols = {row[PARTICIPANT]: row.get(PROTOCOL, MISSING) for row in people}
    at = {row[PARTICIPANT]: i for i, row in enumerate(usable)}
    column = {region: k for k, region in enumerate(regions)}
    rows = []
    for row in values:
        sub = row[PARTICIPANT]
        value = harmonised[at[sub], column[_region(row)]] if sub in at else np.nan
        own = {PROTOCOL: protocols.get(sub, MISSING), "harmonised": float(value)}
        rows.append({name: own.get(name, row.get(name)) for name in COLUMNS})
    return rows


def _counts(people: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return protocol -> group -> people; groups that a protocol has."""
    counts: dict[str, dict[str, int]] = {}
    n = Counter((row[PROTOCOL], row["group"]) for row in people)
    for protocol, group in sorted(n):
        counts.setdefault(protocol, {})[group] = n[protocol, group]
    return counts


def _of_protocols(people: Sequence[Row], chosen: np.ndarray) -> dict[str, int]:
    n = Counter(row[PROTOCOL] for row, used in zip(people, chosen, strict=True) if used)
    return {protocol: n[protocol] for protocol in _counts(people)}


def _named(regions: Sequence[tuple[str, str, str]], chosen: np.ndarray) -> list[str]:
    return [
        f"{atlas}: {region}"
        for (atlas, _, region), used in zip(regions, chosen, strict=True)
        if used
    ]


def _effects(fitted: Combat) -> Mapping[str, Mapping[str, float]]:
    """Return each protocol's median shift in percent of the mean, and its median scale."""
    shift = np.nanmedian(100 * fitted.shift / fitted.mean, axis=1)
    scale = np.nanmedian(np.sqrt(fitted.variance), axis=1)
    return {
        level: {"ShiftPercent": float(shift[j]), "Scale": float(scale[j])}
        for j, level in enumerate(fitted.levels)
    }


def about_columns() -> dict[str, dict[str, str]]:
    """Describe the columns of ``regions/harmonised.tsv`` for its JSON file, as BIDS does."""
    return described(COLUMNS, TOLD)
