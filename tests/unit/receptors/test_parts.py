"""Cortex and subcortex by the names of regions: the default atlas, others, and no guess."""

import csv
from pathlib import Path

import numpy as np
import pytest
import yaml

from rt1t2.errors import UserError
from rt1t2.receptors.parts import regions_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def words():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    return config["receptors"]["parts"]


@pytest.mark.shared
def test_every_region_of_the_default_atlas_has_a_part(shared, words):
    with (shared / "data/atlas/neuromorphometrics_119.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = [row["name"] for row in rows]
    cortex, subcortex = (regions_of(p, names, words) for p in ("cortex", "subcortex"))
    # its labels of the cerebral cortex are those from 100 on
    assert [int(rows[k]["index"]) >= 100 for k in range(119)] == [
        k in cortex for k in range(119)
    ]
    assert len(subcortex) == 16
    left = sorted(set(range(119)) - set(cortex) - set(subcortex))
    assert all("Cerebell" in names[k] for k in left)


def test_a_cerebellar_cortex_is_neither_and_capitals_do_not_matter(words):
    names = [f"ctx-lh-{k}" for k in range(10)] + ["Left-Cerebellum-Cortex"]
    assert regions_of("cortex", names, words).tolist() == list(range(10))
    names = [f"LEFT THALAMUS {k}" for k in range(12)]
    assert np.array_equal(regions_of("subcortex", names, words), np.arange(12))


def test_nothing_is_guessed(words):
    names = ["frontal cortex"] * 20 + [f"Area {k}" for k in range(7)]
    with pytest.raises(UserError, match=r"what Area 0, .* Area 4 and 2 more .* are"):
        regions_of("cortex", names, words)
    with pytest.raises(UserError, match="has 0 regions of the subcortex"):
        regions_of("subcortex", names[:20], words)
