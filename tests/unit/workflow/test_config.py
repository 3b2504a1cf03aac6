from pathlib import Path

import pytest
import yaml

from rt1t2.errors import UserError
from rt1t2.workflow.config import check_config, find_file, own_groups


def test_own_groups_take_the_place_of_the_default_ones(tmp_path):
    default = {"groups": {"HC": "Controls", "PSP": "Patients"}}
    own, silent = tmp_path / "own.yaml", tmp_path / "silent.yaml"
    own.write_text("groups: {A: One, B: Two}")
    silent.write_text("seed: 1")
    assert own_groups(default, []) == default["groups"]
    assert own_groups(default, [own, silent]) == {"A": "One", "B": "Two"}


SCHEMA = Path(__file__).resolve().parents[3] / "config/schemas/config.schema.yaml"
DEFAULTS = yaml.safe_load((SCHEMA.parents[1] / "config.yaml").read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: {0: Controls, 1: Patients}", ["`0`", "`1`", "quotation marks"]),
        ("groups: {NO: Norway, SE: Sweden}", ["`False`", "no, off or false"]),
        ("groups: {2020-01-01: early}", ["quotation marks"]),
        ("receptors: {choose: {1: MU}}", ["receptors.choose", "`1`"]),
        ("control_group: 0", ["control_group", "quotation marks"]),
        ("contrasts: [{name: a, plus: NO, minus: HC}]", ["contrasts.0.plus", "quot"]),
        ("groups: [HC, PSP]", ["groups"]),
        ("groups: HC", ["groups"]),
    ],
)
def test_what_yaml_reads_as_no_text_is_one_message(text, words):
    with pytest.raises(UserError) as refusal:
        check_config(DEFAULTS | yaml.safe_load(text), SCHEMA)
    for word in words:
        assert word in str(refusal.value)


def test_quoted_codes_are_text():
    own = 'groups: {"0": Controls, "NO": Norway}\ncontrol_group: "0"\ncontrasts: []'
    check_config(DEFAULTS | yaml.safe_load(own), SCHEMA)


def test_a_path_that_snakemake_cannot_name_is_refused(tmp_path):
    (tmp_path / "a{b}.nii").touch()
    with pytest.raises(UserError, match=r"contains \{ or \}"):
        find_file("a{b}.nii", [tmp_path], "template.t1w")
