"""The correlations of every patient group, with their tables and null distributions."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rt1t2.receptors.cohort import ReceptorCohort
from rt1t2.receptors.correlation import Missing
from rt1t2.receptors.correlation_table import (
    Correlation,
    Family,
    IndividualCorrelation,
    individual_rows,
    summary_rows,
)
from rt1t2.receptors.relabelling import Scheme

log = logging.getLogger("rt1t2")


@dataclass(frozen=True)
class Settings:
    """Choices of the configuration, as in its section ``receptors``."""

    permutations: int
    scheme: Scheme
    fdr_family: Family
    seed: int
    missing: Missing = "pairwise"


@dataclass(frozen=True)
class CohortCorrelations:
    """What is written of a cohort's correlations.

    Attributes
    ----------
    summary, individual
        Rows of ``correlations.tsv`` and ``individual.tsv``.
    null
        Patient group -> (permutations, maps) mean Fisher z of each permutation.
    """

    summary: list[Correlation]
    individual: list[IndividualCorrelation]
    null: dict[str, np.ndarray]


def correlate_cohort(
    cohort: ReceptorCohort,
    receptors: Mapping[str, Mapping[str, str]],
    settings: Settings,
) -> CohortCorrelations:
    """Correlate every patient group with every map.

    Parameters
    ----------
    cohort
        Participants, groups and maps.
    receptors
        Each map's row of the receptor table.
    settings
        Permutations, and the family that p is adjusted over.
    """
    chosen = {name: receptors[name] for name in cohort.names}
    by_group, individual = {}, []
    for group in cohort.patient_groups():
        allocations = group.allocations(
            settings.permutations, settings.scheme, settings.seed
        )
        correlations = cohort.correlate(
            group, cohort.covariate, allocations, missing=settings.missing
        )
        by_group[group.name] = correlations
        individual += individual_rows(group.name, group.patients, correlations, chosen)
        log.info(
            "%s: %d patients, %d controls, %d to %d of %d regions",
            group.name,
            group.is_patient.sum(),
            (~group.is_patient).sum(),
            correlations.n_regions.min(),
            correlations.n_regions.max(),
            cohort.values.shape[1],
        )
    return CohortCorrelations(
        summary_rows(by_group, chosen, settings.fdr_family),
        individual,
        {name: correlations.null for name, correlations in by_group.items()},
    )
