"""What the methods text says of scan protocols: which there were, and whose scale each had."""

import math
from collections.abc import Mapping
from typing import Any

from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.significance import printed_p


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
    for protocol in protocols:
        counts = [f"{n} {group}" for group, n in protocol["Participants"].items() if n]
        scale = ""
        if method in ON_REFERENCE and len(protocols) > 1:
            n = protocol["ControlsInReference"]
            whose = f"its own {n} controls" if n else facts["ScaleOfOthers"]
            scale = f"; intensity scale of {whose}"
        members = ", ".join(counts) or "repeated scans only"
        texts.append(
            f"Protocol {protocol['Label']} ({members}): "
            f"T1w {protocol['T1w']}; T2w {protocol['T2w']}{scale}."
        )
    for association in facts.get("Associations") or []:
        p = association["FisherFreemanHaltonP"]
        printed = printed_p(math.nan if p is None else p, "= ")
        texts.append(
            f"{' and '.join(association['Groups'])}: {association['SharingAProtocol']} of "
            f"{association['Participants']} participants had a protocol that was used in "
            f"both groups (protocol by group p {printed}, Fisher-Freeman-Halton)."
        )
    if facts.get("Associations"):
        texts.append(
            "The group comparison was adjusted for protocol."
            if adjusted
            else "The group comparison was not adjusted for protocol."
        )
    return texts
