"""How the tables of thresholds and of evidence read."""

import pytest

from rt1t2.group.power import EFFECTS_G
from rt1t2.paper.contrast_evidence import (
    error_rate_text,
    evidence_table,
    not_permuted,
    simulated_studies,
    threshold_table,
)

POWER = {f"{g:g}": 0.1 * i for i, g in enumerate(EFFECTS_G, start=1)}
SUMMARY = {
    "error_rate": {
        "from_residuals": {
            "studies": 400,
            "rate": 0.067,
            "rate_low": 0.051,
            "rate_high": 0.0862,
            "extent_voxels_p05": 912.2,
        },
        "stationary": {
            "studies": 400,
            "rate": 0.263,
            "rate_low": 0.2104,
            "rate_high": 0.3196,
            "extent_voxels_p05": 1834.4,
        },
    },
    "power": {
        "height": {"power": POWER, "detectable_g": 1.604},
        "fwe_peak": {"detectable_g": 2.5},
    },
    "evidence": {
        "share_effect": 0.0123,
        "share_null": 0.5,
        "share_equivalent": 0,
        "equivalence_bound_g": 0.5,
        "lowest_possible_bf10": 0.341,
    },
}


def test_rates_are_percent_with_their_interval():
    assert error_rate_text(SUMMARY["error_rate"]["stationary"]) == "26.3 (21.0 to 32.0)"
    assert error_rate_text({}) == "n/a"


def test_thresholds_one_row_per_comparison():
    rows = threshold_table({"PSP - HC": SUMMARY, "PSPS2 - HC": {}})
    assert [row["Compared"] for row in rows] == ["PSP - HC", "PSPS2 - HC"]
    assert list(rows[0]) == list(rows[1])
    values = list(rows[0].values())
    powers = [str(10 * i) for i in range(1, len(EFFECTS_G) + 1)]
    rates = ["6.7 (5.1 to 8.6)", "26.3 (21.0 to 32.0)", "912", "1,834"]
    assert values[1:] == [*rates, *powers, "1.60", "2.50"]
    assert set(list(rows[1].values())[1:]) == {"n/a"}


def test_evidence_in_percent_of_the_voxels():
    (row,) = evidence_table({"PSP - HC": SUMMARY})
    assert list(row.values()) == ["PSP - HC", "1.2", "50.0", "0.0", "0.34"]
    assert "Voxels (%): Equivalent within g = ± 0.5" in row


def test_simulated_studies_are_counted_where_there_were_any():
    none = {"error_rate": {"from_residuals": {"studies": 0}, "stationary": {}}}
    assert simulated_studies([SUMMARY, none]) == 400
    assert simulated_studies([none, {}]) == simulated_studies([]) == 0


@pytest.mark.parametrize("missing", [None, {}, {"reason_against": None}])
def test_reasons_against_a_permutation_are_given_once(missing):
    few = {"permutation": {"reason_against": "too few"}}
    none = {"permutation": missing}
    assert not_permuted([few, none, few]) == ["too few"]
    assert not_permuted([none]) == []
