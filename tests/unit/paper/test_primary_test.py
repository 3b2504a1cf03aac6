"""The primary test reads the column that is printed, and every choice of the config is one."""

import math

import pytest
import yaml

from rt1t2.group.cluster_evidence import P_MAPS
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.tables import CERTAINTY, TABLE_2
from rt1t2.workflow.participants import SCHEMA


def test_every_choice_of_the_config_is_a_column_of_both_tables():
    schema = yaml.safe_load(SCHEMA.with_name("config.schema.yaml").read_text())
    choices = schema["properties"]["statistics"]["properties"]["primary_test"]["enum"]
    assert choices == list(PRIMARY_TESTS)
    for test in PRIMARY_TESTS.values():
        assert test.printed in TABLE_2 + CERTAINTY
        assert test.column in (*P_MAPS, "cluster_p_fwe", "peak_p_fwe")


@pytest.mark.parametrize(
    ("printed", "p"), [("<0.001", 0.001), ("0.049", 0.049), ("0.31", 0.31)]
)
def test_a_printed_p_is_read(printed, p):
    for test in PRIMARY_TESTS.values():
        assert test.printed_p({test.printed: printed}) == p


def test_no_p_is_no_number():
    assert math.isnan(PRIMARY_TESTS["permutation_tfce"].printed_p({"Location": "x"}))
