"""The list of numbers: each name once, and limits that are those of the step that flags."""

from rt1t2.qc.metric_definitions import BY_NAME, METRICS, snake
from rt1t2.tissue import mask_check


def test_every_name_is_there_once():
    assert len(BY_NAME) == len(METRICS)


def test_names_in_lower_case():
    assert snake("TemporalLeft") == "temporal_left"
    assert snake("Vertex") == "vertex"


def test_the_page_and_the_step_have_the_same_limits():
    for place, high in mask_check.MAX_UNCOVERED_MM.items():
        assert BY_NAME[f"uncovered_{snake(place)}_mm"].high == high
    for part, high in mask_check.MAX_OUTSIDE_ML.items():
        assert BY_NAME[f"outside_mask_{snake(part)}_ml"].high == high


def test_a_metric_with_a_range_says_where_to_look():
    for metric in METRICS:
        if metric.may_be_missing:
            assert "panel" in metric.advice, metric.name
