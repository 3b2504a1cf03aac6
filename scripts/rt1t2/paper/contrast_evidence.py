"""What the summary of every comparison says beside its clusters, as a reader sees it.

Rates, power and evidence are those of both directions: two contrasts that mirror each other have
the same, and are one row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2.group.power import EFFECTS_G
from rt1t2.qc.metrics import formatted, number

Summary = Mapping[str, Any]
Rows = list[dict[str, str]]


def threshold_table(compared: Mapping[str, Summary]) -> Rows:
    """Say what the thresholds of every comparison (name: summary) do: false clusters, power."""
    rows = []
    for name, summary in compared.items():
        residuals, stationary = error_rates(summary)
        power = summary.get("power") or {}
        height, corrected = power.get("height") or {}, power.get("fwe_peak") or {}
        rows.append(
            {
                "Compared": name,
                "False clusters (%): from the residuals": error_rate_text(residuals),
                "False clusters (%): stationary noise": error_rate_text(stationary),
                "Extent for 5 % (voxels): from the residuals": formatted(
                    number(residuals.get("extent_voxels_p05")), 0
                ),
                "Extent for 5 % (voxels): stationary noise": formatted(
                    number(stationary.get("extent_voxels_p05")), 0
                ),
            }
            | {
                f"Power of one voxel at the height threshold (%): g = {g:g}": formatted(
                    100 * number((height.get("power") or {}).get(f"{g:g}")), 0
                )
                for g in EFFECTS_G
            }
            | {
                "Smallest g found with 80 %: height": formatted(
                    number(height.get("detectable_g"))
                ),
                "Smallest g found with 80 %: corrected peak": formatted(
                    number(corrected.get("detectable_g"))
                ),
            }
        )
    return rows


def evidence_table(compared: Mapping[str, Summary]) -> Rows:
    """Say in which share of the voxels of a comparison there is evidence, and for what."""
    rows = []
    for name, summary in compared.items():
        evidence = summary.get("evidence") or {}
        bound = formatted(number(evidence.get("equivalence_bound_g")), 1)
        shares = {
            "For a difference (BF₁₀ > 3)": "effect",
            "For none (BF₁₀ < 1/3)": "null",
            f"Equivalent within g = ± {bound}": "equivalent",
        }
        rows.append(
            {"Compared": name}
            | {
                f"Voxels (%): {text}": formatted(
                    100 * number(evidence.get(f"share_{name}")), 1
                )
                for text, name in shares.items()
            }
            | {
                "Lowest BF₁₀ this design can give": formatted(
                    number(evidence.get("lowest_possible_bf10"))
                )
            }
        )
    return rows


def error_rates(summary: Summary) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the error rate from the residuals, and that of stationary noise."""
    error = summary.get("error_rate") or {}
    return error.get("from_residuals") or {}, error.get("stationary") or {}


def simulated_studies(summaries: Sequence[Summary]) -> int:
    """Return the number of studies behind an error rate, 0 where none was simulated."""
    return max(
        (
            int(rate.get("studies") or 0)
            for summary in summaries
            for rate in error_rates(summary)
        ),
        default=0,
    )


def error_rate_text(error: Mapping[str, Any]) -> str:
    """Return the simulated rate of false clusters in percent with its interval."""
    rate, low, high = (
        formatted(100 * number(error.get(name)), 1)
        for name in ("rate", "rate_low", "rate_high")
    )
    return "n/a" if rate == "n/a" else f"{rate} ({low} to {high})"


def not_permuted(summaries: Sequence[Summary]) -> list[str]:
    """Return the reasons why contrasts have no permutation p, each once."""
    reasons = [(s.get("permutation") or {}).get("reason_against") for s in summaries]
    return list(dict.fromkeys(reason for reason in reasons if reason))
