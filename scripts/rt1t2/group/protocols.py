"""The protocols of a cohort: each participant's, and whether protocol and group are associated."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.group.demographics import fisher_exact
from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.ratio.protocol_references import ALL_CONTROLS, choose_reference
from rt1t2.scans.protocol import IMAGES, judged_by
from rt1t2.scans.protocol_detection import Protocol, find_protocols
from rt1t2.scans.protocol_words import in_words
from rt1t2.significance import ALPHA

UNKNOWN = "n/a"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Association:
    """How protocols spread over two groups: p, how many share a protocol, and of how many."""

    groups: tuple[str, str]
    p: float
    n_sharing: int
    n: int

    @property
    def confounded(self) -> bool:
        """Whether the groups have no protocol in common."""
        return self.n_sharing == 0

    @property
    def associated(self) -> bool:
        """Whether protocols and groups go together more than by chance."""
        return self.p < ALPHA


def associations(rows: Sequence[Row], groups: Sequence[str]) -> list[Association]:
    """Test every two groups (exact test of Fisher, Freeman and Halton).

    Parameters
    ----------
    rows
        ``group`` and ``protocol`` of each participant; unknown protocols are left out.
    groups
        Codes of the groups. Those without a known protocol, and pairs with one protocol
        in all, are left out.
    """
    pairs = []
    known = [row for row in rows if row["protocol"] != UNKNOWN]
    for pair in combinations(groups, 2):
        members = [row for row in known if row["group"] in pair]
        counts = [
            tuple(
                sum(
                    (row["protocol"], row["group"]) == (protocol, group)
                    for row in known
                )
                for group in pair
            )
            for protocol in sorted({row["protocol"] for row in members})
        ]
        if len(counts) < 2 or not all(
            sum(column) for column in zip(*counts, strict=True)
        ):
            continue
        sharing = sum(sum(count) for count in counts if all(count))
        p = fisher_exact(counts).p
        pairs.append(Association(pair, p, sharing, len(members)))
    return pairs


def warnings(
    pairs: Sequence[Association], groups: Mapping[str, str], adjusted: bool
) -> list[str]:
    """Say in plain words which groups cannot be compared, or only with a covariate.

    Parameters
    ----------
    pairs
        :func:`associations`.
    groups
        Code -> printed name.
    adjusted
        Whether ``protocol`` is among ``statistics.covariates``.
    """
    texts = []
    for pair in pairs:
        a, b = (groups[code] for code in pair.groups)
        if pair.confounded:
            texts.append(
                f"{a} and {b} were scanned with different protocols, and none was used for "
                "both. A difference of their ratio cannot be told from the difference of "
                "the protocols; no calibration and no covariate can mend this."
            )
        elif pair.associated:
            text = (
                f"Protocol goes with group: {a} and {b} were scanned with different shares "
                f"of the protocols (p = {pair.p:.2g}; {pair.n_sharing} of {pair.n} have a "
                "protocol that is in both groups). A difference of their ratio may be one of "
                "the protocols. "
            )
            texts.append(
                text + "The analysis adjusts for protocol (statistics.covariates)."
                if adjusted
                else text + "Add protocol to statistics.covariates."
            )
    several = {code for pair in pairs for code in pair.groups}
    if several and not texts and not adjusted:
        texts.append(
            "The cohort has several protocols. The calibration does not make them "
            "comparable: consider statistics.covariates: [protocol]."
        )
    return texts


COLUMNS = ("participant_id", "group", "protocol", "judged_by", "reference")


def list_protocols(
    rows: Sequence[Row],
    landmarks: Sequence[Mapping[str, Any]],
    built: Mapping[str, Any],
    named: Mapping[str, str],
    method: str,
) -> tuple[list[Protocol], list[dict[str, str]]]:
    """Return the protocols of a cohort, those of the controls first, and each participant's.

    Parameters
    ----------
    rows
        ``participant_id`` and ``group`` of each participant.
    landmarks
        Landmark records of the participants with images.
    built
        :func:`rt1t2.ratio.protocol_references.build_references`.
    named
        Participant -> protocol, where the participants table names it.
    method
        Of the calibration; only some use a reference.

    Returns
    -------
    protocols, lines
        A line has COLUMNS: ``judged_by`` says where the protocol was read, and
        ``reference`` whose controls set the participant's scale.
    """
    records = {record["participant_id"]: record for record in landmarks}
    scans = {sub: record.get("Acquisition", {}) for sub, record in records.items()}
    known = [Protocol(p["Label"], p["Acquisition"]) for p in built["Protocols"]]
    protocols, labels = find_protocols(scans, named, known)
    for protocol in built["Protocols"]:  # as the reference was built
        labels |= dict.fromkeys(protocol["Controls"], protocol["Label"])
    lines = []
    for row in rows:
        sub = row["participant_id"]
        evidence = judged_by(scans[sub]) if sub in scans else "nothing"
        on_reference = sub in records and method in ON_REFERENCE
        source = (
            choose_reference(built, records[sub], row).source
            if on_reference
            else MISSING
        )
        values = (
            sub,
            row["group"],
            labels.get(sub, named.get(sub, MISSING)),
            "table" if sub in named else evidence,
            source,
        )
        lines.append(dict(zip(COLUMNS, values, strict=True)))
    return protocols, lines


def cohort_facts(
    protocols: Sequence[Protocol],
    lines: Sequence[Row],
    rows: Sequence[Row],
    built: Mapping[str, Any],
    groups: Mapping[str, str],
    adjusted: bool,
) -> dict[str, Any]:
    """Return what the pages print of the protocols; a repeated scan is not counted.

    Parameters
    ----------
    protocols, lines
        :func:`list_protocols`.
    rows
        Rows of the participants table, in the order of ``lines``.
    built, groups
        References, and the groups' codes and names.
    adjusted
        Whether ``protocol`` is a covariate of the group statistics.
    """
    first_scans = [
        line
        for line, row in zip(lines, rows, strict=True)
        if row.get(RETEST_OF, MISSING) == MISSING
    ]
    pairs = associations(first_scans, list(groups))
    references = {entry["Label"]: entry for entry in built["Protocols"]}
    count = Counter((line["protocol"], line["group"]) for line in first_scans)
    described = []
    for protocol in protocols:
        reference = references.get(protocol.label, {}).get("Reference") or {
            "Controls": []
        }
        entry: dict[str, Any] = {"Label": protocol.label}
        entry |= {i: in_words(protocol.acquisition.get(i, {})) for i in IMAGES}
        entry["Participants"] = {code: count[protocol.label, code] for code in groups}
        entry["ControlsInReference"] = len(reference["Controls"])
        described.append(entry)
    texts = warnings(pairs, groups, adjusted)
    fallen = [
        line["participant_id"] for line in lines if line["reference"] == ALL_CONTROLS
    ]
    if len(protocols) > 1 and fallen:
        texts.append(
            f"{len(fallen)} of {len(lines)} participants have a protocol with fewer than "
            f"{built['MinimumControls']} usable controls. They are on the scale of all "
            f"controls, which is not that of their protocol: {', '.join(fallen)}."
        )
    return {
        "Protocols": described,
        "MinimumControls": built["MinimumControls"],
        "ScaleOfOthers": built["Source"],
        "JudgedBy": dict(Counter(line["judged_by"] for line in lines)),
        "Associations": [
            {
                "Groups": list(pair.groups),
                "FisherFreemanHaltonP": pair.p,
                "SharingAProtocol": pair.n_sharing,
                "Participants": pair.n,
            }
            for pair in pairs
        ],
        "Warnings": texts,
    }
