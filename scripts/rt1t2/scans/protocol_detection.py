"""The scan protocols of a cohort, detected from the acquisition of each participant."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rt1t2.scans.protocol import Acquisition, same_protocol


@dataclass(frozen=True)
class Protocol:
    """A protocol: its label, and the acquisition ("T1w", "T2w") of its typical scan."""

    label: str
    acquisition: Acquisition


def find_protocols(
    scans: Mapping[str, Acquisition],
    named: Mapping[str, str],
    known: Sequence[Protocol] = (),
) -> tuple[list[Protocol], dict[str, str]]:
    """Detect who was scanned with the same protocol.

    The most complete, then most frequent acquisition starts the first protocol; whoever
    agrees with it belongs to it, the others go on in the same way. So neither the order of
    the participants nor a chain of small differences matters. An incomplete acquisition
    belongs to the first protocol that it does not contradict.

    Parameters
    ----------
    scans
        Participant -> :func:`~rt1t2.scans.protocol.acquisition`.
    named
        Participant -> protocol, where the participants table tells it.
    known
        Protocols found before; they come first and keep their labels.

    Returns
    -------
    protocols, labels
        ``known``, then the named ones, then new ones (``P1``, ``P2``, ... by size); and
        the label of everybody in ``scans``.
    """
    protocols = list(known)
    labels = {who: name for who, name in named.items() if who in scans}
    for name in sorted(set(labels.values()) - {protocol.label for protocol in known}):
        named_so = [scans[who] for who in labels if labels[who] == name]
        protocols.append(Protocol(name, _by_typicality(named_so)[0]))
    new: list[tuple[Acquisition, list[str]]] = []
    rest = [who for who in scans if who not in labels]
    for scan in _by_typicality([scans[who] for who in rest]):
        people = [who for who in rest if scans[who] == scan]
        match = next((p for p in protocols if same_protocol(p.acquisition, scan)), None)
        if match:
            labels |= dict.fromkeys(people, match.label)
            continue
        members = next((m for first, m in new if same_protocol(first, scan)), None)
        if members is None:
            new.append((scan, people))
        else:
            members += people
    taken = {protocol.label for protocol in protocols} | set(labels.values())
    free = (f"P{i}" for i in range(1, 10**6) if f"P{i}" not in taken)
    for scan, people in sorted(new, key=lambda group: -len(group[1])):
        protocols.append(Protocol(next(free), scan))
        labels |= dict.fromkeys(people, protocols[-1].label)
    return protocols, labels


def _by_typicality(scans: Sequence[Acquisition]) -> list[Acquisition]:
    """Return the different acquisitions: most complete first, then most frequent."""
    texts = [json.dumps(scan, sort_keys=True) for scan in scans]
    count = Counter(texts)
    different = dict(zip(texts, scans, strict=True))

    def rank(text: str) -> tuple[int, int, str]:
        n_known = sum(len(entries) for entries in different[text].values())
        return -n_known, -count[text], text

    return [different[text] for text in sorted(different, key=rank)]
