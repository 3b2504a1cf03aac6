import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.job_costs import ALL, COLUMNS, costs_by_rule

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tcpu_time\n"


@pytest.fixture
def measured(tmp_path):
    """Write what Snakemake measured of four jobs; return the paths."""
    jobs = {
        "smooth/sub-01.tsv": "4.5\t0:00:04\t105.5\t200\t3.5\n",
        "smooth/sub-02.tsv": "6.5\t0:00:06\t205.5\t300\tNA\n",
        "group_mask.tsv": "1.25\t0:00:01\t50.0\t99\t1.0\n",
        "exclusions.tsv": "0.5\t0:00:00\t-\t-\t-\n",
    }
    for name, line in jobs.items():
        path = tmp_path / "benchmarks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + line)
    return [str(tmp_path / "benchmarks" / name) for name in reversed(jobs)]


def test_sums_and_maxima_by_rule_the_dearest_first(measured):
    rows = [tuple(row[name] for name in COLUMNS) for row in costs_by_rule(measured)]
    assert rows == [
        ("smooth", 2, 11.0, 3.5, 6.5, 205.5),
        ("group_mask", 1, 1.25, 1.0, 1.25, 50.0),
        ("exclusions", 1, 0.5, None, 0.5, None),
        (ALL, 4, 12.75, 4.5, 6.5, 205.5),
    ]


def test_of_several_attempts_the_last_counts(tmp_path):
    path = tmp_path / "benchmarks/smooth.tsv"
    path.parent.mkdir()
    path.write_text(HEADER + "9\tx\t9\t9\t9\n" + "2\tx\t3\t9\t1\n")
    (of_rule, _) = costs_by_rule([str(path)])
    assert (of_rule["jobs"], of_rule["wall_s"], of_rule["cpu_s"]) == (1, 2.0, 1.0)


def test_before_the_first_run_it_says_what_to_do():
    with pytest.raises(UserError, match="Run the study first"):
        costs_by_rule([])
