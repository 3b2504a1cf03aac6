"""One intensity scale per protocol: which controls set it, and whose scale a person gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rt1t2.columns import MISSING, RETEST_OF
from rt1t2.errors import UserError
from rt1t2.scans.protocol_detection import Protocol, find_protocols
from rt1t2.tissue.levels_reference import build_reference

# A control is left out of its own reference, and a scale needs two others.
MIN_CONTROLS = 3
ALL_CONTROLS = "all controls"
TEMPLATES = "the templates"
NO_REFERENCE: dict[str, Any] = {
    "Controls": [],
    "LeftOut": [],
    "Anchors": [],
    "DarkFat": [],
    "Probabilities": [],
    "Classes": {},
}


@dataclass(frozen=True)
class Chosen:
    """The reference of one participant.

    Attributes
    ----------
    reference
        :func:`~rt1t2.tissue.levels_reference.build_reference`.
    protocol
        Label of the participant's protocol; ``None`` if no control was scanned with it.
    source
        The label of the protocol whose controls the reference is of, ALL_CONTROLS, or
        TEMPLATES.
    flags
        What is doubtful about it.
    """

    reference: dict[str, Any]
    protocol: str | None
    source: str
    flags: list[str]


def build_references(
    landmarks: Sequence[dict[str, Any]],
    named: Mapping[str, str],
    needed: bool = True,
) -> dict[str, Any]:
    """Collect the controls' landmarks, protocol by protocol.

    Parameters
    ----------
    landmarks
        Landmark records of the controls with ``Acquisition``
        (:func:`rt1t2.scans.protocol.acquisition`).
    named
        Participant -> protocol, where the participants table tells it.
    needed
        Whether the calibration uses references; otherwise they may stay empty.

    Returns
    -------
    dict
        ``Source`` of the common reference; ``AllControls``, that reference;
        ``MinimumControls``; and
        ``Protocols``, a list with ``Label``, ``Acquisition``, ``Controls`` and
        ``Reference``, ``None`` where fewer than MIN_CONTROLS can be used.

    Raises
    ------
    UserError
        Without any usable control, where references are needed.
    """
    records = list(landmarks)
    everybody = NO_REFERENCE
    if records:
        try:
            everybody = build_reference(records)
        except UserError:
            if needed:
                raise
    scans = {r["participant_id"]: r.get("Acquisition", {}) for r in records}
    protocols, labels = find_protocols(scans, named)
    entries = []
    for protocol in protocols:
        members = [r for r in records if labels[r["participant_id"]] == protocol.label]
        entries.append(
            {
                "Label": protocol.label,
                "Acquisition": protocol.acquisition,
                "Controls": [r["participant_id"] for r in members],
                "Reference": _own_reference(members),
            }
        )
    return {
        "Source": ALL_CONTROLS,
        "MinimumControls": MIN_CONTROLS,
        "AllControls": everybody,
        "Protocols": entries,
    }


def template_references(landmarks: dict[str, Any]) -> dict[str, Any]:
    """Return the references where a pair of whole-head templates sets everybody's scale.

    Parameters
    ----------
    landmarks
        Landmark record of the templates, processed like a participant.

    Raises
    ------
    UserError
        The templates have no landmarks to scale on.
    """
    return {
        "Source": TEMPLATES,
        "MinimumControls": MIN_CONTROLS,
        "AllControls": build_reference([landmarks]),
        "Protocols": [],
    }


def choose_reference(
    built: Mapping[str, Any], landmarks: Mapping[str, Any], row: Mapping[str, str]
) -> Chosen:
    """Return the reference of a participant's protocol, or that of all controls.

    Whoever was scanned again is left out of the reference of the repeated scan too.

    Parameters
    ----------
    built
        :func:`build_references`.
    landmarks
        The participant's landmark record.
    row
        The participant's row of the table, which may tell ``protocol`` and ``retest_of``.
    """
    who, entries = landmarks["participant_id"], built["Protocols"]
    known = [Protocol(one["Label"], one["Acquisition"]) for one in entries]
    named = row.get("protocol", MISSING)
    names = {} if named == MISSING else {who: named}
    label = find_protocols({who: landmarks.get("Acquisition", {})}, names, known)[1][
        who
    ]
    mine = next((one for one in entries if who in one["Controls"]), None)
    mine = mine or next((one for one in entries if one["Label"] == label), None)
    protocol = mine["Label"] if mine else None
    if mine and mine["Reference"]:
        reference = _as_own(mine["Reference"], row.get(RETEST_OF), who)
        return Chosen(reference, protocol, mine["Label"], [])
    source, flags = built["Source"], []
    if source == ALL_CONTROLS and (len(entries) > 1 or not mine):
        n = len(mine["Controls"]) if mine else 0
        flags = [
            f"{n} control{'' if n == 1 else 's'} of this scan protocol, {MIN_CONTROLS} usable "
            "ones are needed: on the scale of all controls, not comparable with the others"
        ]
    everybody = _as_own(built["AllControls"], row.get(RETEST_OF), who)
    if source == ALL_CONTROLS and len(everybody["Controls"]) == 1:
        flags = [
            "a single control sets the scale: what is unusual about its scan is in every ratio"
            + (
                ", and nothing of it shows in its own"
                if who in everybody["Controls"]
                else ""
            )
        ]
    return Chosen(everybody, protocol, source, flags)


def _as_own(reference: dict[str, Any], first: str | None, who: str) -> dict[str, Any]:
    """Give a control's place to the repeated scan, so that it is left out of its own."""
    renamed = [who if name == first else name for name in reference["Controls"]]
    return reference | {"Controls": renamed}


def _own_reference(members: list[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        reference = build_reference(members)
    except UserError:  # none
        return None
    return reference if len(reference["Controls"]) >= MIN_CONTROLS else None
