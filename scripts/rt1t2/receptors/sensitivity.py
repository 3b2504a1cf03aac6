"""The receptor correlations under other choices, another null, and without each participant."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.cohort import ReceptorCohort
from rt1t2.receptors.correlation import (
    Correlations,
    correlate_group,
    usable_regions,
    z_scores,
)
from rt1t2.receptors.relabelling import Scheme, allocate, generator
from rt1t2.receptors.sensitivity_table import (
    Row,
    correlation_rows,
    left_out_rows,
    spatial_row,
    undefined_rows,
)
from rt1t2.receptors.spatial_nulls import spatial_null
from rt1t2.receptors.variants import leave_one_out, without_gain, without_mean
from rt1t2.regions import Background

log = logging.getLogger("rt1t2")


@dataclass(frozen=True)
class Settings:
    """Choices of the configuration that the sensitivity analysis starts from."""

    background: Background
    scheme: Scheme
    permutations: int
    surrogates: int
    leave_one_out_permutations: int
    seed: int


@dataclass(frozen=True)
class Variant:
    """What the correlations are computed from, and by which scheme they are tested."""

    cohort: ReceptorCohort
    covariate: np.ndarray | None
    scheme: Scheme
    change: Callable[[np.ndarray], np.ndarray] = np.asarray

    @property
    def covariate_name(self) -> str:
        """As in the column ``covariate``."""
        return "none" if self.covariate is None else "GM"


@dataclass(frozen=True)
class PatientGroup:
    """One patient group and the controls, and the permutations of their labels."""

    name: str
    members: np.ndarray
    is_patient: np.ndarray
    people: list[str]
    allocations: dict[Scheme, np.ndarray]

    def correlate(self, variant: Variant) -> Correlations:
        """Correlate as the variant says."""
        return correlate_group(
            variant.change(variant.cohort.values[self.members]),
            self.is_patient,
            variant.cohort.maps,
            variant.covariate,
            self.allocations[variant.scheme],
            self.people,
            variant.cohort.names,
        )


def sensitivity_rows(
    cohort: ReceptorCohort,
    other_background: ReceptorCohort,
    other_covariate: np.ndarray | None,
    centroids_mm: np.ndarray,
    receptors: dict[str, str],
    settings: Settings,
) -> Iterator[Row]:
    """Return the rows of every patient group, variant and map, all but ``p_fdr``.

    Parameters
    ----------
    cohort, other_background
        Region means of the main analysis, and those under the other choice of background.
    other_covariate
        (regions,) the grey matter to add where the main analysis has no covariate.
    centroids_mm
        (regions, 3)
    receptors
        The receptor of each map.

    Raises
    ------
    UserError
        The main analysis cannot be done. Where only a variant cannot, its rows say why.
    """
    variants = variants_of(cohort, other_background, other_covariate, settings)
    main = variants["main"]
    for name, members in cohort.patient_groups():
        is_patient = cohort.groups[members] == name
        group = PatientGroup(
            name,
            members,
            is_patient,
            [cohort.ids[k] for k in members],
            {
                scheme: allocate(
                    is_patient,
                    settings.permutations,
                    scheme,
                    generator(settings.seed, name),
                )
                for scheme in {v.scheme: None for v in variants.values()}
            },
        )
        shared = {"group": name, "n_participants": int(is_patient.sum())}
        found = group.correlate(main)
        for variant_name, variant in variants.items():
            about = shared | {
                "variant": variant_name,
                "covariate": variant.covariate_name,
            }
            try:
                same = variant is main
                correlations = found if same else group.correlate(variant)
            except UserError as error:
                log.warning("%s, %s: %s", name, variant_name, error)
                yield from undefined_rows(about, receptors, str(error))
            else:
                yield from correlation_rows(about, receptors, correlations)
        shared["covariate"] = main.covariate_name
        yield from _spatial_rows(
            shared | {"variant": "spatial_null"},
            receptors,
            group,
            main,
            found,
            centroids_mm,
            settings,
        )
        left_out = leave_one_out(
            cohort.values[members],
            is_patient,
            cohort.maps,
            main.covariate,
            group.allocations[main.scheme],
            settings.leave_one_out_permutations,
            group.people,
            cohort.names,
        )
        yield from left_out_rows(
            shared | {"variant": "leave_one_out"}, receptors, found, left_out
        )


def variants_of(
    cohort: ReceptorCohort,
    other_background: ReceptorCohort,
    other_covariate: np.ndarray | None,
    settings: Settings,
) -> dict[str, Variant]:
    """Return the variants that correlate anew, the main analysis first.

    ``juspace`` counts background and permutes in a balanced way, ``free`` does neither;
    each is there unless it is the main analysis.
    """
    covariate, scheme = cohort.covariate, settings.scheme
    by_background = {settings.background: cohort}
    other: Background = "include" if settings.background == "exclude" else "exclude"
    by_background[other] = other_background
    variants = {
        "main": Variant(cohort, covariate, scheme),
        "mean_removed": Variant(cohort, covariate, scheme, without_mean),
        "gain_removed": Variant(cohort, covariate, scheme, without_gain),
    }
    if covariate is not None:
        variants["without_gm"] = Variant(cohort, None, scheme)
    elif other_covariate is not None:
        variants["with_gm"] = Variant(cohort, other_covariate, scheme)
    further: tuple[tuple[str, Background, Scheme], ...] = (
        ("juspace", "include", "balanced"),
        ("free", "exclude", "free"),
    )
    for name, background, its_scheme in further:
        if (background, its_scheme) != (settings.background, scheme):
            variants[name] = Variant(by_background[background], covariate, its_scheme)
    return variants


def _spatial_rows(
    shared: Row,
    receptors: dict[str, str],
    group: PatientGroup,
    main: Variant,
    found: Correlations,
    centroids_mm: np.ndarray,
    settings: Settings,
) -> Iterator[Row]:
    values = main.cohort.values[group.members]
    usable = usable_regions(values, len(found.rho))
    if main.covariate is not None:
        usable &= np.isfinite(main.covariate)
    z = z_scores(values[:, usable], group.is_patient)
    for column, (name, receptor) in enumerate(receptors.items()):
        about = shared | {"receptor": receptor, "map": name}
        try:
            null = spatial_null(
                z,
                main.cohort.maps[column, usable],
                None if main.covariate is None else main.covariate[usable],
                centroids_mm[usable],
                settings.surrogates,
                generator(settings.seed, group.name, name),
                name,
            )
        except UserError as error:
            yield about | {"note": str(error)}
            continue
        observed = float(found.fisher_z[:, column].mean())
        yield spatial_row(about, observed, null, found, column)
