import json

import numpy as np

from rt1t2.records import read_json, save_json


def test_numpy_and_undefined_become_plain(tmp_path):
    path = tmp_path / "record.json"
    content = {"b": np.float32(0.5), "a": np.array([1, 2]), 3: [np.nan, (np.int8(1),)]}
    save_json(content | {"p": path}, path)
    assert read_json(path) == {"a": [1, 2], "b": 0.5, "3": [None, [1]], "p": str(path)}
    assert list(json.loads(path.read_text())) == ["3", "a", "b", "p"]


def test_sources_are_named_by_their_place_in_the_run(tmp_path):
    path = tmp_path / "record.json"
    stored = ".snakemake/storage/s3/bucket/results/bids/sub-01_T1w.nii.gz"
    save_json({"Sources": [stored, "results/a.nii.gz"], "Other": stored}, path)
    found = read_json(path)
    assert found["Sources"] == ["results/bids/sub-01_T1w.nii.gz", "results/a.nii.gz"]
    assert found["Other"] == stored
