import pytest
from real_imports import CASES, all_met, outcome, unpacked


@pytest.fixture(scope="module")
def root(shared, tmp_path_factory):
    return unpacked(shared, tmp_path_factory.mktemp("real"))


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.source)
def test_a_real_source_gives_what_its_description_says(root, tmp_path, case):
    got = outcome(case, root, tmp_path)
    assert all_met(case, got), got


@pytest.mark.shared
def test_no_real_source_is_left_out(root):
    named = {root / case.source for case in CASES}
    files = [path for path in root.rglob("*") if path.is_file()]
    left = [p for p in files if not named & {p, *p.parents} and "truth" not in p.name]
    assert left == []
