"""The receptor correlations under other choices, another null, and with one part left out."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.adjusted import adjusted_z
from rt1t2.receptors.cohort import PatientGroup, ReceptorCohort
from rt1t2.receptors.correlation import (
    Correlations,
    Missing,
    usable_regions,
    z_scores,
)
from rt1t2.receptors.correlation_table import Family
from rt1t2.receptors.parts import PARTS, regions_of
from rt1t2.receptors.relabelling import Scheme, generator
from rt1t2.receptors.sensitivity_table import (
    Sensitivity,
    VariantRows,
    with_adjusted_p,
)
from rt1t2.receptors.spatial_nulls import Randomised, spatial_null
from rt1t2.receptors.variants import (
    leave_one_out,
    leave_one_region_out,
    without_gain,
    without_mean,
)
from rt1t2.regions import Background

log = logging.getLogger("rt1t2")


@dataclass(frozen=True)
class Settings:
    """Choices of the configuration, as in its section ``receptors``."""

    background: Background
    scheme: Scheme
    permutations: int
    surrogates: int
    leave_one_out_permutations: int
    fdr_family: Family
    seed: int
    missing: Missing = "pairwise"
    randomised: Randomised = "receptor_map"


@dataclass(frozen=True)
class Atlas:
    """The regions behind the means, in the order of a cohort's columns.

    Attributes
    ----------
    names
        Of the regions.
    centroids_mm
        (regions, 3)
    parts
        Words by which regions are ``cortex``, ``subcortex`` or ``neither``.
    """

    names: Sequence[str]
    centroids_mm: np.ndarray
    parts: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Variant:
    """What the correlations are computed from, and by which scheme they are tested."""

    cohort: ReceptorCohort
    covariate: np.ndarray | None
    scheme: Scheme
    change: Callable[[np.ndarray], np.ndarray] = np.asarray
    missing: Missing = "pairwise"

    @property
    def covariate_name(self) -> str:
        """As in the column ``covariate``."""
        return "none" if self.covariate is None else "GM"

    def correlate(
        self, group: PatientGroup, allocations: Mapping[Scheme, np.ndarray]
    ) -> Correlations:
        """Correlate a group, with the relabellings of the variant's scheme."""
        return self.cohort.correlate(
            group, self.covariate, allocations[self.scheme], self.change, self.missing
        )


def sensitivity_rows(
    cohort: ReceptorCohort,
    other_background: ReceptorCohort,
    other_covariate: np.ndarray | None,
    atlas: Atlas,
    receptors: Mapping[str, str],
    settings: Settings,
) -> list[Sensitivity]:
    """Return the rows of every patient group, variant and map.

    Parameters
    ----------
    cohort, other_background
        Region means of the main analysis, and those under the other choice of background.
    other_covariate
        (regions,) the grey matter to add where the main analysis has no covariate.
    atlas
        Of the cohort's regions.
    receptors
        The receptor of each map, in the order of the cohort's maps.
    settings
        Choices of the main analysis, and the numbers of surrogates and permutations.

    Raises
    ------
    UserError
        The main analysis is impossible. Where only a variant is, its rows say why.
    """
    variants = variants_of(cohort, other_background, other_covariate, settings)
    rows = []
    for group in cohort.patient_groups():
        rows += _group_rows(group, variants, atlas, receptors, settings)
    return with_adjusted_p(rows, settings.fdr_family)


def variants_of(
    cohort: ReceptorCohort,
    other_background: ReceptorCohort,
    other_covariate: np.ndarray | None,
    settings: Settings,
) -> dict[str, Variant]:
    """Return the variants that are tested by relabelling, the main analysis first.

    ``juspace`` counts background, permutes in a balanced way and leaves a region that is
    undefined in anybody out for all, ``free`` does none of it; each is there unless it is the
    main analysis.
    """
    covariate, scheme, missing = cohort.covariate, settings.scheme, settings.missing
    by_background = {settings.background: cohort}
    other: Background = "include" if settings.background == "exclude" else "exclude"
    by_background[other] = other_background
    main = Variant(cohort, covariate, scheme, missing=missing)
    variants = {
        "main": main,
        "mean_removed": replace(main, change=without_mean),
        "gain_removed": replace(main, change=without_gain),
    }
    if covariate is not None:
        variants["without_gm"] = replace(main, covariate=None)
    elif other_covariate is not None:
        variants["with_gm"] = replace(main, covariate=other_covariate)
    further: tuple[tuple[str, Background, Scheme, Missing], ...] = (
        ("juspace", "include", "balanced", "listwise"),
        ("free", "exclude", "free", "pairwise"),
    )
    # where nothing is undefined, both ways to treat it are one
    complete = bool(np.isfinite(cohort.values).all() and np.isfinite(cohort.maps).all())
    for name, background, other_scheme, other_missing in further:
        same = (background, other_scheme) == (settings.background, scheme)
        if not same or (other_missing != missing and not complete):
            variants[name] = Variant(
                *(by_background[background], covariate, other_scheme),
                missing=other_missing,
            )
    return variants


def _group_rows(
    group: PatientGroup,
    variants: Mapping[str, Variant],
    atlas: Atlas,
    receptors: Mapping[str, str],
    settings: Settings,
) -> list[Sensitivity]:
    allocations = {
        scheme: group.allocations(settings.permutations, scheme, settings.seed)
        for scheme in dict.fromkeys(variant.scheme for variant in variants.values())
    }
    main = variants["main"]
    n_patients = int(group.is_patient.sum())
    main_correlations = main.correlate(group, allocations)

    def about(name: str, variant: Variant = main) -> VariantRows:
        covariate = variant.covariate_name
        return VariantRows(group.name, name, covariate, n_patients, receptors)

    rows = about("main").correlated(main_correlations)
    for name, variant in variants.items():
        if variant is main:
            continue
        try:
            rows += about(name, variant).correlated(
                variant.correlate(group, allocations)
            )
        except UserError as error:
            log.warning("%s, %s: %s", group.name, name, error)
            rows += about(name, variant).undefined(str(error))
    rows += _spatial_rows(
        *(about("spatial_null"), group, main, main_correlations),
        *(atlas.centroids_mm, settings),
    )
    omissions = leave_one_out(
        main.cohort.values[group.members],
        group.is_patient,
        main.cohort.maps,
        main.covariate,
        allocations[main.scheme],
        settings.leave_one_out_permutations,
        group.participants,
        main.cohort.names,
        main.missing,
        None if main.cohort.adjust is None else main.cohort.adjust[group.members],
    )
    rows += about("leave_one_out").left_out(main_correlations, omissions)
    for part in PARTS:
        try:
            cohort = main.cohort.within(regions_of(part, atlas.names, atlas.parts))
            variant = replace(main, cohort=cohort, covariate=cohort.covariate)
            rows += about(part).correlated(variant.correlate(group, allocations))
        except UserError as error:
            log.warning("%s, %s: %s", group.name, part, error)
            rows += about(part).undefined(str(error))
    return rows + _without_each_region(
        about("leave_one_region_out"), group, main, main_correlations, atlas
    )


def _without_each_region(
    about: VariantRows,
    group: PatientGroup,
    main: Variant,
    main_correlations: Correlations,
    atlas: Atlas,
) -> list[Sensitivity]:
    nobody_relabelled = {main.scheme: np.zeros((0, len(group.members)), bool)}

    def correlate(maps: np.ndarray) -> Correlations:
        variant = replace(main, cohort=replace(main.cohort, maps=maps))
        return variant.correlate(group, nobody_relabelled)

    try:
        omissions = leave_one_region_out(correlate, main.cohort.maps, atlas.names)
    except UserError as error:
        log.warning("%s, %s: %s", group.name, about.variant, error)
        return about.undefined(str(error))
    return about.left_out(main_correlations, omissions)


def _spatial_rows(
    about: VariantRows,
    group: PatientGroup,
    main: Variant,
    main_correlations: Correlations,
    centroids_mm: np.ndarray,
    settings: Settings,
) -> list[Sensitivity]:
    values = main.cohort.values[group.members]
    usable = usable_regions(values, len(main_correlations.rho))
    if main.missing == "listwise":
        usable &= np.isfinite(values).all(axis=0)
        usable &= np.isfinite(main.cohort.maps).all(axis=0)
    if main.covariate is not None:
        usable &= np.isfinite(main.covariate)
    if main.cohort.adjust is None:
        z = z_scores(values[:, usable], group.is_patient)
    else:
        usable &= np.isfinite(values).all(axis=0)
        columns = main.cohort.adjust[group.members]
        z = adjusted_z(values[:, usable], group.is_patient, columns)
    rows = []
    for column, name in enumerate(about.receptors):
        try:
            null = spatial_null(
                z,
                main.cohort.maps[column, usable],
                None if main.covariate is None else main.covariate[usable],
                centroids_mm[usable],
                settings.surrogates,
                generator(settings.seed, group.name, name),
                name,
                settings.randomised,
            )
        except UserError as error:
            rows.append(about.empty(name, str(error)))
        else:
            row = about.against_null(column, main_correlations, null)
            rows.append(replace(row, randomised=settings.randomised))
    return rows
