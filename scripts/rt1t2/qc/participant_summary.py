"""What the cohort's pages read of one participant, instead of the participant's images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rt1t2.records import read_json


@dataclass(frozen=True)
class ParticipantSummary:
    """One file of ``results/qc/summaries``.

    Attributes
    ----------
    metrics
        ``participant_id``, ``group``, every number of the page, and ``flags`` (texts).
    series
        Rows of the participant's ``series.tsv``.
    landmarks
        Record of the reference tissues.
    calibration
        Record of the calibration curve.
    median_ratios
        :func:`rt1t2.qc.calibration_check.median_ratios`.
    thumbnail
        The ratio in template space as a JPEG data URI.
    software
        :func:`rt1t2.qc.software.participant_software`.
    """

    metrics: Mapping[str, Any]
    series: Sequence[Mapping[str, str]]
    landmarks: dict[str, Any]
    calibration: dict[str, Any]
    median_ratios: Mapping[str, Mapping[str, float | None]]
    thumbnail: str
    software: Mapping[str, Any]

    @property
    def participant_id(self) -> str:
        """The participant's id."""
        return str(self.metrics["participant_id"])


def read_summary(path: str | Path) -> ParticipantSummary:
    """Read a summary; an entry too few or too many is a ``TypeError``."""
    return ParticipantSummary(**read_json(path))
