"""What methods text and report say of region values that were harmonised, or were to be."""

from collections.abc import Mapping, Sequence
from typing import Any


def harmonisation_sentence(facts: Sequence[Mapping[str, Any]]) -> str:
    """Say how the region values were harmonised, or why not.

    Parameters
    ----------
    facts
        ``regions/harmonised.json``; nothing where the config does not ask for it.
    """
    if not facts:
        return ""
    told = facts[0]
    if told["Refused"]:
        return str(told["Refused"])
    protocols = told["ControlsFitted"]
    left_out = told["NotHarmonised"]
    missing = f" Not harmonised, and not tested: {', '.join(left_out)}." * bool(
        left_out
    )
    if len(protocols) < 2:
        return f"There is one scan protocol, so no value of a region was harmonised.{missing}"
    controls = ", ".join(f"{name} {n}" for name, n in protocols.items())
    kept = " and ".join(["the group", *told["Protected"]])
    return (
        f"The values of the regions were harmonised over {len(protocols)} scan protocols by "
        f"ComBat, fitted on the controls ({controls}), with {kept} protected. Their tests have "
        "the protocol as a covariate, so that their degrees of freedom and standard errors "
        f"include what was fitted; the raw values are kept beside them.{missing}"
    )
