"""Tables 1 to 3 as readers see them: on the report and in the file for word processors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rt1t2.paper.contrast_pairs import ContrastPair
from rt1t2.paper.primary_test import PrimaryTest
from rt1t2.paper.tables import certainty, shown_clusters
from rt1t2.qc.pages import minus
from rt1t2.significance import ALPHA

Row = Mapping[str, str]
# Of a row with so few known cells, among so many, the cells say one thing together.
FEW_KNOWN, MANY_CELLS = 3, 6
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class ShownTable:
    """A table with what stands above it.

    Attributes
    ----------
    number, title, note
        What it is called, and what a reader has to know; no note is empty.
    rows
        Cells by column. Columns named ``group: what`` stand together under ``group``.
    strong
        Of every row, whether its first cell, and that of the column ``decides``, are bold.
    details
        The file below ``results`` that holds what the note speaks of; none is empty.
    """

    number: str
    title: str
    note: str
    rows: Sequence[Row]
    strong: Sequence[bool]
    details: str = ""
    decides: str = ""

    @property
    def heading(self) -> str:
        """Return number and title as they are printed above the table."""
        return f"{self.number}. {self.title}"


def shown_tables(
    table_1: Sequence[Row],
    table_2: Sequence[Row],
    table_3: Sequence[Row],
    primary: PrimaryTest,
    pairs: Sequence[ContrastPair],
) -> dict[str, ShownTable]:
    """Return the tables in their order.

    Parameters
    ----------
    table_1, table_2, table_3
        Rows of the files.
    primary
        The test that decides which clusters are bold.
    pairs
        The comparisons, which say what the name of a contrast means.

    Returns
    -------
    dict
        ``participants``, ``clusters``, ``certainty`` (the columns of table 2 that do not decide
        anything; not where there is no cluster) and ``receptors``.
    """
    clusters = shown_clusters([dict(row) for row in table_2], primary.printed)
    certain = certainty([dict(row) for row in table_2], primary.printed)
    tables = {
        "participants": _plain("Table 1", "Participants", "", table_1),
        "clusters": ShownTable(
            "Table 2",
            "Clusters",
            "Coordinates in MNI152NLin2009aSym mm. Bold: found by the primary test "
            f"({primary.words}), p(FWE) below {ALPHA:g}. T is positive in the direction that "
            "the contrast names. p FWE (peak) and (cluster) are those of random fields, which "
            "assume noise of one smoothness everywhere and nothing shared beyond it; permuted p "
            "assume neither, so that the two may differ. The location is where the cluster "
            f"lies by its share of atlas regions.{_meant(pairs)}",
            clusters,
            [primary.printed_p(row) < ALPHA for row in clusters],
            decides=primary.printed,
        ),
        "certainty": _plain(
            "Table 2, continued",
            "How certain each cluster is",
            "Effect and evidence at a peak are inflated, because it was chosen for its height. "
            "A cluster that is not found when one participant is left out depends on single "
            "participants.",
            certain,
        ),
        "receptors": _plain(
            "Table 3",
            "Receptor correlations",
            "Bold cells: significant after correction. Which map represents a receptor, and which "
            "others there are, is listed in",
            table_3,
            details="receptors/correlations.tsv",
        ),
    }
    if not certain:
        del tables["certainty"]
    return tables


def _meant(pairs: Sequence[ContrastPair]) -> str:
    """Say what the names of the contrasts mean: ``HC-PSP: PSP < HC``."""
    meant = [
        f"{name}: {pair.direction(sign)}"
        for pair in pairs
        for name, sign in pair.tested
    ]
    return f" Contrasts: {'; '.join(meant)}." if meant else ""


def spread(row: Row) -> str:
    """Return what a row says across its columns after the first; of most rows, nothing."""
    known = [cell for cell in row.values() if cell != "n/a"]
    if len(known) <= FEW_KNOWN and len(row) > MANY_CELLS:
        return ": ".join(known[1:])
    return ""


def printed(cell: str) -> str:
    """Return a cell as readers see it: a dash for n/a, a minus sign before numbers."""
    return NOTHING if cell == "n/a" else minus(cell)


def _plain(
    number: str, title: str, note: str, rows: Sequence[Row], details: str = ""
) -> ShownTable:
    return ShownTable(number, title, note, rows, [False] * len(rows), details)
