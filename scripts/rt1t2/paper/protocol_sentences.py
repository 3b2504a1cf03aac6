"""What the methods text says of scan protocols: which there were, and whose scale each had."""

from collections.abc import Mapping
from typing import Any

from rt1t2.ratio.calibration import ON_REFERENCE


def protocol_sentences(
    facts: Mapping[str, Any], method: str, adjusted: bool
) -> list[str]:
    """Describe the protocols of the cohort in sentences.

    Parameters
    ----------
    facts
        ``Protocols`` and ``Associations`` of ``qc/calibration.json``.
    method
        Of the calibration.
    adjusted
        Whether ``protocol`` is a covariate of the group statistics.
    """
    protocols = facts.get("Protocols") or []
    texts = []
    for one in protocols:
        counts = [f"{n} {group}" for group, n in one["Participants"].items() if n]
        scale = ""
        if method in ON_REFERENCE and len(protocols) > 1:
            n = one["ControlsInReference"]
            whose = f"its own {n} controls" if n else facts["ScaleOfOthers"]
            scale = f"; intensity scale of {whose}"
        who = ", ".join(counts) or "repeated scans only"
        texts.append(
            f"Protocol {one['Label']} ({who}): T1w {one['T1w']}; T2w {one['T2w']}{scale}."
        )
    for one in facts.get("Associations") or []:
        p = one["FisherFreemanHaltonP"]
        printed = "n/a" if p is None else "< 0.001" if p < 0.001 else f"= {p:.3f}"
        texts.append(
            f"{' and '.join(one['Groups'])}: {one['SharingAProtocol']} of "
            f"{one['Participants']} participants had a protocol that was used in both groups "
            f"(protocol by group p {printed}, Fisher-Freeman-Halton)."
        )
    if facts.get("Associations"):
        texts.append(
            "The group comparison was adjusted for protocol."
            if adjusted
            else "The group comparison was not adjusted for protocol."
        )
    return texts
