"""Counting who is not analysed; on its own, so that pages do not depend on the whole cohort."""

from collections.abc import Iterable, Mapping


def excluded_people(exclusions: Iterable[Mapping[str, str]]) -> list[str]:
    """Return everybody who is not analysed, once: several rows may tell of one person."""
    return sorted({row["participant_id"] for row in exclusions})
