"""The file of tables holds every cell of the tables, and nothing of it is cut."""

import random

import word_reader
from hostile import hostile_texts

from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.paper.shown_tables import shown_tables
from rt1t2.paper.tables import CERTAINTY, TABLE_1, TABLE_2
from rt1t2.paper.tables_docx import tables_document
from rt1t2.paper.word_file import save, text_width_mm

PRIMARY = PRIMARY_TESTS["permutation_extent"]
CLUSTER = dict.fromkeys(TABLE_2 + CERTAINTY, "-0.5") | {"Contrast": "HC-PSP"}
CLUSTER |= {"Cluster": "1", PRIMARY.printed: "0.020", "Location": "Thalamus left 40 %"}


def receptors(groups, n=12):
    heads = [
        f"{group}: {what}"
        for group in groups
        for what in ("mean Fisher z", "mean Spearman's rho", "p", "p FDR, 24 tests")
    ]
    return [
        {"Receptor": f"R{m}", "Map": f"map_{m}"} | dict.fromkeys(heads, f"-0.{m:04d}")
        for m in range(n)
    ]


def made(path, table_1=(), table_2=(), table_3=(), simulated=False):
    shown = shown_tables(table_1, table_2, table_3, PRIMARY, pairs=[])
    save(tables_document(shown.values(), simulated), path)
    return word_reader.opened(path)


def test_titles_notes_and_tables_in_their_order(tmp_path):
    document = made(
        tmp_path / "a.docx",
        [dict.fromkeys(TABLE_1, "7")],
        [CLUSTER],
        receptors(["Pain"]),
        simulated=True,
    )
    found = [
        "table" if not hasattr(one, "text") else one.text.split(":")[0]
        for one in word_reader.blocks(document)
    ]
    said = "Simulated data. These people do not exist; nothing here is a finding about anyone."
    assert found[:3] == ["Table 1. Participants", "table", said]
    assert found[3:5] == ["Table 2. Clusters", "table"]
    assert found[-4] == "Table 3. Receptor correlations"
    assert (
        found[-2].endswith("is listed in receptors/correlations.tsv.")
        or "Bold" in found[-2]
    )
    assert found.count(said) == 4


def test_without_rows_the_table_is_empty_and_certainty_is_left_out(tmp_path):
    document = made(tmp_path / "a.docx", [dict.fromkeys(TABLE_1, "7")])
    texts = [
        one.text for one in word_reader.blocks(document)[2:] if hasattr(one, "text")
    ]
    assert texts[:2] == ["Table 2. Clusters", "Empty."]
    assert "continued" not in "".join(texts)


def test_wide_tables_lie_on_their_side_and_wider_ones_are_spread(tmp_path):
    groups = [f"Group number {n} (n = 12)" for n in range(9)]
    rows = receptors(groups)
    document = made(tmp_path / "a.docx", [dict.fromkeys(TABLE_1, "7")], [CLUSTER], rows)
    assert word_reader.landscape_of_tables(document)[:2] == [False, True]
    parts = document.tables[3:]
    assert len(parts) > 1
    assert word_reader.landscape_of_tables(document)[3:-1] == [True] * (len(parts) - 1)
    titles = [p.text for p in document.paragraphs if p.text.startswith("Table 3")]
    assert titles[0] == f"Table 3. Receptor correlations (1 of {len(parts)})"
    bodies = [word_reader.cells(part) for part in parts]
    for number, row in enumerate(rows):
        lines = [body[number + 2] for body in bodies]
        assert {tuple(line[:2]) for line in lines} == {(row["Receptor"], row["Map"])}
        cells = [cell for line in lines for cell in line[2:]]
        assert cells == [cell.replace("-", "\u2212") for cell in list(row.values())[2:]]
    over = [text for body in bodies for text in body[0] if text]
    assert over == groups
    for part, on_side in zip(
        document.tables, word_reader.landscape_of_tables(document), strict=True
    ):
        width = sum(column.width.mm for column in part.columns)
        assert width <= text_width_mm(on_side) + 0.5


def test_found_clusters_and_starred_cells_are_bold(tmp_path):
    rows = [{"Receptor": "a", "Map": "CB1", "Pain: z": "0.1", "Pain: p FDR": "0.01*"}]
    document = made(
        tmp_path / "a.docx",
        table_2=[CLUSTER, CLUSTER | {PRIMARY.printed: "0.3"}],
        table_3=rows,
    )
    clusters, *_, correlated = document.tables

    def bold(row):
        return {bool(cell.paragraphs[0].runs[0].bold) for cell in row.cells}

    assert [bold(row) for row in clusters.rows] == [{True}, {True, False}, {False}]
    heads = [cell.text for cell in clusters.rows[0].cells]
    found = clusters.rows[1].cells
    strong = [
        h for h, c in zip(heads, found, strict=True) if c.paragraphs[0].runs[0].bold
    ]
    assert strong == ["Contrast", PRIMARY.printed]
    last = correlated.rows[-1].cells
    assert [bool(c.paragraphs[0].runs[0].bold) for c in last] == [False] * 3 + [True]


def test_the_bytes_do_not_depend_on_the_order_of_dictionaries(tmp_path):
    """Columns have their order in the file's header; everything else has none."""
    shuffled = random.Random(1).sample(sorted(CLUSTER), len(CLUSTER))
    made(tmp_path / "a.docx", table_2=[CLUSTER])
    made(tmp_path / "b.docx", table_2=[{name: CLUSTER[name] for name in shuffled}])
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()


def test_hostile_names_are_text(tmp_path):
    def kinds(texts):
        document = made(
            tmp_path / "a.docx",
            [dict.fromkeys(TABLE_1, "7") | {"Group": text} for text in texts],
            [CLUSTER | {"Location": text} for text in texts],
            [
                {"Receptor": text, f"{texts[0]}: z": "1", f"{texts[0]}: p": "2"}
                for text in texts
            ],
        )
        for table in document.tables:
            assert len(table.rows) >= len(texts)
        return word_reader.elements(tmp_path / "a.docx")

    breaks = {f"{word_reader.WORD}{name}" for name in ("br", "tab", "noBreakHyphen")}
    assert kinds(hostile_texts(60)) - kinds(["moved"] * 60) <= breaks
