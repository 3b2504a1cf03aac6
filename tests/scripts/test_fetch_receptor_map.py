import gzip
import hashlib
import re

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.workflow.config import read_receptors


def row_for(content: bytes) -> dict[str, str]:
    return {
        "receptor": "CB1",
        "map": "CB1_x",
        "n": "22",
        "source": "10.1000/xyz",
        "licence": "CC BY 4.0",
        "url": "http://127.0.0.1:9/CB1_x.nii",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_a_map_in_the_mirror_is_written_as_it_was(script_main, tmp_path):
    image = nib.Nifti1Image(np.arange(27, dtype=np.float32).reshape(3, 3, 3), np.eye(4))
    content = image.to_bytes()
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/CB1_x.nii.gz").write_bytes(gzip.compress(content))
    main, written = script_main("fetch_receptor_map"), tmp_path / "map.nii.gz"
    main(str(written), "code", row_for(content), str(tmp_path / "mirror"))
    assert gzip.decompress(written.read_bytes()) == content
    assert np.array_equal(nib.load(written).get_fdata(), image.get_fdata())


def test_nothing_is_written_for_a_wrong_file(script_main, tmp_path):
    (tmp_path / "CB1_x.nii").write_bytes(b"not what the table says")
    written = tmp_path / "map.nii.gz"
    with pytest.raises(UserError, match=r"receptor map CB1_x.*sha256"):
        script_main("fetch_receptor_map")(
            str(written), "code", row_for(b"expected"), str(tmp_path)
        )
    assert not written.exists()


@pytest.fixture
def rows(pytestconfig):
    table = pytestconfig.rootpath / "resources/receptors/receptor_maps.tsv"
    header, *lines = (line.split("\t") for line in table.read_text().splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_the_table_takes_the_largest_sample_of_each_receptor_that_the_paper_knew(
    rows, pytestconfig
):
    table = pytestconfig.rootpath / "resources/receptors/receptor_maps.tsv"
    rows = [row for row in rows if "JuSpace_v1.5" in row["url"]]
    assert len(rows) == 30
    largest: dict[str, int] = {}
    for row in rows:
        if row["n"] != "n/a":
            largest[row["receptor"]] = max(
                largest.get(row["receptor"], 0), int(row["n"])
            )
    chosen = read_receptors(table)
    assert len(chosen) == 17
    for row in rows:
        is_largest = row["n"] != "n/a" and int(row["n"]) == largest[row["receptor"]]
        assert (row["map"] in chosen) == is_largest
        assert row["url"].endswith(f"/{row['map']}.nii")
        assert len(row["sha256"]) == 64


def test_newer_maps_are_offered_and_each_says_where_it_is_from(rows):
    newer = [row for row in rows if "JuSpace_v1.5" not in row["url"]]
    assert len(newer) == 41
    for row in newer:
        assert row["default"] == "no"
        assert re.search(
            rf"/[0-9a-f]{{40}}/JuSpace_v2/\w+/{re.escape(row['map'])}\.nii$", row["url"]
        )
        assert row["source"].startswith("10.")
        assert row["licence"] != "n/a"
        # file names tell the sample size, or the map is not of a sample
        told = re.search(r"_HC(\d+)_", row["map"])
        assert row["n"] == (told[1] if told else "n/a")


@pytest.mark.parametrize(
    ("receptor", "name"),
    [
        ("Microglia", "Glia-Micro"),
        ("Oligodendrocytes", "Glia-Oligo"),
        ("SV2A", "SV2A_ucbj_HC10_finnema2016"),
    ],
)
def test_one_line_of_config_takes_a_map_that_is_no_default(
    receptor, name, pytestconfig
):
    table = pytestconfig.rootpath / "resources/receptors/receptor_maps.tsv"
    assert name not in read_receptors(table)
    assert read_receptors(table, {receptor: name})[name]["receptor"] == receptor


def test_another_map_of_a_receptor_can_be_chosen_and_the_choice_is_written(
    pytestconfig,
):
    table = pytestconfig.rootpath / "resources/receptors/receptor_maps.tsv"
    large, small = "MU_CARFENTANIL_c11", "MU_carfentanil_hc39_turtonen"
    default = read_receptors(table)
    assert "by file names alone the other" in default[large]["note"]
    again = "MOR_carfentanil_HC204_kantonen2020 (n = 204); "
    again += "MOR_carfentanil_HC39_turtonen2021 (n = 39)"
    assert default[large]["other_maps"] == f"{small} (n = 39); {again}"
    assert default["NAT_MRB_c11"]["other_maps"] == "n/a"
    other_cb1 = default["CB1_FMPEPd2_hc22_laurikainen"]["other_maps"]
    assert other_cb1 == "CB1_omar_HC77_normandin2015 (n = 77)"
    chosen = read_receptors(table, {"MU": small})
    assert len(chosen) == 17
    assert large not in chosen
    assert chosen[small]["other_maps"] == f"{large} (n = 204); {again}"
    with pytest.raises(UserError, match=rf"receptors.choose.*no map of MU.*{small}"):
        read_receptors(table, {"MU": "CB1_FMPEPd2_hc22_laurikainen"})


@pytest.mark.shared
def test_every_map_of_the_table_is_the_one_that_was_studied(
    script_main, tmp_path, pytestconfig, shared
):
    receptors = read_receptors(
        pytestconfig.rootpath / "resources/receptors/receptor_maps.tsv"
    )
    for name, row in receptors.items():
        written = tmp_path / f"{name}.nii.gz"
        script_main("fetch_receptor_map")(
            str(written), "code", row, str(shared / "data")
        )
        assert nib.load(written).shape == (61, 73, 61)
