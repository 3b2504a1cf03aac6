from rt1t2.workflow.config import own_groups


def test_own_groups_take_the_place_of_the_default_ones(tmp_path):
    default = {"groups": {"HC": "Controls", "PSP": "Patients"}}
    own, silent = tmp_path / "own.yaml", tmp_path / "silent.yaml"
    own.write_text("groups: {A: One, B: Two}")
    silent.write_text("seed: 1")
    assert own_groups(default, []) == default["groups"]
    assert own_groups(default, [own, silent]) == {"A": "One", "B": "Two"}
