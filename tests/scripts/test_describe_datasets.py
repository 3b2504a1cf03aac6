import json


def test_both_data_sets_are_described(script_main, tmp_path):
    names = {
        "bids": "dataset_description.json",
        "bidsignore": ".bidsignore",
        "participants": "participants.tsv",
        "columns_description": "participants.json",
        "derivatives": "derivatives.json",
        "derivatives_bidsignore": "derivatives.bidsignore",
    }
    outputs = {key: str(tmp_path / name) for key, name in names.items()}
    readmes = [tmp_path / "README.md", tmp_path / "derivatives.md"]
    rows = [{"participant_id": "sub-01", "group": "HC", "age": "40", "sex": "F"}]

    script_main("describe_datasets")(
        **outputs,
        readmes=[str(path) for path in readmes],
        code="x",
        rows=rows,
        groups={"HC": "Controls"},
        covariates=[],
        simulated=True,
    )

    assert "sub-01\t40\tF\tHC" in (tmp_path / "participants.tsv").read_text()
    for path in readmes:
        assert "Simulated" in path.read_text()
    raw = json.loads((tmp_path / "dataset_description.json").read_text())
    derived = json.loads((tmp_path / "derivatives.json").read_text())
    assert (raw["DatasetType"], derived["DatasetType"]) == ("raw", "derivative")
    columns = json.loads((tmp_path / "participants.json").read_text())
    assert columns["group"]["Levels"] == {"HC": "Controls"}
    assert "T1wT2wratio" in (tmp_path / "derivatives.bidsignore").read_text()
    assert (tmp_path / ".bidsignore").read_text() == ""
