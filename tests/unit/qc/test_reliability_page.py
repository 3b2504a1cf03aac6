"""The reliability page: which numbers stand where, and who is compared."""

from fabricated import summary

from rt1t2.qc.brain_parts import PARTS
from rt1t2.qc.calibration_check import METHODS
from rt1t2.qc.pages import render
from rt1t2.qc.reliability_page import columns, make_page


def made(people, method="affine"):
    """Return the page of (name, group, first scan, gain)."""
    fields = ("participant_id", "group", "retest_of")
    rows = [dict(zip(fields, person[:3], strict=True)) for person in people]
    names = ("wm", "gm", "deep", *PARTS)
    summaries = [
        summary(
            who,
            group,
            ratios={
                method: {name: gain * (1 + 0.1 * i) for i, name in enumerate(names)}
                for method in METHODS
            },
        )
        for who, group, _, gain in people
    ]
    return make_page(rows, summaries[::-1], "HC", method)


CONTROL, OTHER = ("a", "HC", "n/a", 1.0), ("b", "HC", "n/a", 1.2)
PATIENT = ("p", "PSP", "n/a", 1.1)
AGAIN = ("a2", "HC", "a", 1.0), ("b2", "HC", "b", 1.3)


def test_the_method_in_use_is_marked_and_controls_are_counted():
    page, rows = made([CONTROL, OTHER, PATIENT, *AGAIN])
    assert (page.n_controls, page.n_repeated) == (2, 2)
    assert [row[0] for row in page.agreement] == [
        *("not calibrated", "weighted", "affine (in use)", "nonlinear"),
    ]
    assert len(page.tissues) == 3 * len(METHODS)
    assert page.tissues[0][0] == "white matter"
    assert page.parts[0][0] == "white matter, front, left"
    assert {row["n"] for row in rows if row["criterion"] == "icc_2_1"} == {2}


def test_a_cohort_without_controls_is_its_own_reference():
    assert made([PATIENT])[0].n_controls == 1


def test_without_a_repeated_scan_the_page_says_so_and_shows_the_rest():
    page, _ = made([CONTROL, OTHER, PATIENT])
    text = render(
        "reliability.html.j2", simulated=False, columns=columns(), **vars(page)
    )
    assert "Nobody was scanned twice" in text
    assert "ICC(2,1)" not in text
    assert "deep grey matter" in text
    assert page.tissues == []


def test_one_repeated_person_is_too_few_for_a_correlation():
    page, _ = made([CONTROL, OTHER, AGAIN[0]])
    text = render(
        "reliability.html.j2", simulated=False, columns=columns(), **vars(page)
    )
    assert "needs two" in text
    assert page.tissues[0][2:] == ["n/a", "n/a", "0.0", "1"]
