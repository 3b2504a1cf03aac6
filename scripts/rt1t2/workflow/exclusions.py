"""The table of everybody who is not analysed; standard library only, for the Snakefile."""

from collections.abc import Iterable, Mapping
from pathlib import Path

COLUMNS = ("participant_id", "group", "stage", "reason")


def write_exclusions(exclusions: Iterable[Mapping[str, str]], path: str | Path) -> None:
    """Write who is not analysed and why, sorted by participant, one row each.

    Parameters
    ----------
    exclusions
        Each with ``participant_id``, ``group``, ``reason`` and optionally ``stage``: the
        rule that stopped, ``"check"``, or ``"table"`` (the default), where the
        participants table itself says so.
    path
        The TSV to write; folders are made as needed.
    """
    rows = [{"group": "n/a", "stage": "table", **item} for item in exclusions]
    rows.sort(key=lambda row: (row["participant_id"], row["stage"]))
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        lines.append("\t".join(_cell(row[column]) for column in COLUMNS))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def _cell(value: object) -> str:
    """Keep a value on one line of one column."""
    return " ".join(str(value).split()) or "n/a"
