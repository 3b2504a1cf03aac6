"""The file of tables against the TSV that it was made from, cell by cell."""

import word_reader

from rt1t2.paper.tables import CERTAINTY, TABLE_1, TABLE_2
from rt1t2.tables import write_tsv


def test_every_cell_of_the_tables_is_in_the_file(tmp_path, script_main):
    write_tsv([dict.fromkeys(TABLE_1, "7")], TABLE_1, tmp_path / "table_1.tsv")
    columns = TABLE_2 + CERTAINTY
    cluster = {name: f"-{n}" for n, name in enumerate(columns)}
    cluster |= {"Cluster": "1", "p FWE (TFCE, permutation)": "n/a"}
    none = {
        "Contrast": "PSP-HC",
        "Cluster": "no cluster survived",
        "Location": "at least 9 voxels",
    }
    write_tsv([cluster, none], columns, tmp_path / "table_2.tsv")
    row = {"Receptor": "a", "Map": "=CB1", "Pain: z": "-0.3", "Pain: p FDR": "0.01*"}
    write_tsv([row], list(row), tmp_path / "table_3.tsv")
    script_main("tables_docx")(
        tables=[str(tmp_path / f"table_{n}.tsv") for n in (1, 2, 3)],
        document=str(tmp_path / "tables.docx"),
        code="abc",
        config={
            "groups": {"HC": "Controls", "PSP": "Pain"},
            "control_group": "HC",
            "contrasts": [{"name": "PSP-HC", "plus": "PSP", "minus": "HC"}],
            "statistics": {"primary_test": "random_field_peak"},
        },
        simulated=False,
    )
    document = word_reader.opened(tmp_path / "tables.docx")
    first, clusters, certain, last = map(word_reader.cells, document.tables)
    assert first == [list(TABLE_1), ["7"] * 4]

    def shown(name):
        return (
            "\u2013" if cluster[name] == "n/a" else cluster[name].replace("-", "\u2212")
        )

    assert clusters == [
        list(TABLE_2),
        [shown(name) for name in TABLE_2],
        ["PSP-HC", "no cluster survived: at least 9 voxels"],
    ]
    beside = [*TABLE_2[:2], *CERTAINTY]
    assert certain == [beside, [shown(name) for name in beside]]
    assert last == [
        ["", "", "Pain"],
        ["Receptor", "Map", "z", "p FDR"],
        ["a", "=CB1", "\u22120.3", "0.01*"],
    ]
    assert any("PSP-HC: PSP > HC." in p.text for p in document.paragraphs)
    assert "Simulated" not in "".join(p.text for p in document.paragraphs)
