"""Variants of the correlations: without level or gain, each participant, each region."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.adjusted import correlate_adjusted
from rt1t2.receptors.correlation import Correlations, Missing, correlate_group

log = logging.getLogger("rt1t2")


def without_mean(values: np.ndarray) -> np.ndarray:
    """Remove every participant's own level: values minus the participant's mean over regions.

    A calibration that shifts a whole image by d gives z = d / SD of controls, which differs
    from region to region: a fixed pattern that can correlate with a map although no region
    differs from another. Spearman's rho is blind to a shift of z, but not to this. The
    level therefore has to go before the z scores, and from controls as well as patients.

    The level is the mean over regions of value - mean of the region over all participants, which
    is the participant's mean but for a constant, and is not moved by a lesion that takes a
    region of low ratio out of it.

    Parameters
    ----------
    values
        (participants, regions); NaN is missing.
    """
    level = _mean(values - _mean(values, axis=0), axis=1)
    centred: np.ndarray = values - level[:, None]
    return centred


def without_gain(values: np.ndarray) -> np.ndarray:
    """Remove every participant's own gain: values divided by the participant's mean.

    As :func:`without_mean`, for a calibration that is wrong by a factor: the divisor is
    mean of the values / mean of the regions' means over all participants, in the same regions.

    Raises
    ------
    UserError
        A mean that is not above 0.
    """
    expected = np.where(np.isfinite(values), _mean(values, axis=0), np.nan)
    gain = _mean(values, axis=1) / _mean(expected, axis=1)
    if not (np.isfinite(gain) & (gain > 0)).all():
        raise UserError("a participant's mean is not above 0, and cannot divide.")
    scaled: np.ndarray = values / gain[:, None]
    return scaled


@dataclass(frozen=True)
class LeftOut:
    """Mean Fisher z and p of every map, leaving out one participant or region at a time.

    Attributes
    ----------
    names
        Who or what was left out.
    mean_z, p
        (left out, maps); NaN where it had no part in the map's correlation, and p of regions.
    """

    names: list[str]
    mean_z: np.ndarray
    p: np.ndarray


def leave_one_out(
    values: np.ndarray,
    is_patient: np.ndarray,
    maps: np.ndarray,
    covariate: np.ndarray | None,
    allocations: np.ndarray,
    n: int,
    participant_names: Sequence[str],
    map_names: Sequence[str],
    missing: Missing = "pairwise",
    adjust: np.ndarray | None = None,
) -> LeftOut:
    """Correlate again without each patient and each control in turn.

    Of the permutations, those in which the participant has their true label are used (at
    most the first ``n``): without that participant they are relabellings of the others.
    Participants without whom nothing can be computed (the only patient, one of three
    controls) are skipped and logged. Parameters are those of
    :func:`rt1t2.receptors.correlation.correlate_group`; ``adjust`` are the columns of
    :func:`rt1t2.receptors.adjusted.correlate_adjusted`, where z scores are adjusted.
    """
    names: list[str] = []
    analyses: list[Correlations] = []
    for person, name in enumerate(participant_names):
        others = np.arange(len(values)) != person
        if not is_patient[others].any():
            continue
        usable = allocations[:, person] == is_patient[person]
        drawn = allocations[usable][:n][:, others]
        try:
            own, labels = values[others], is_patient[others]
            who = [participant_names[int(k)] for k in np.flatnonzero(others)]
            if adjust is None:
                analysis = correlate_group(
                    own, labels, maps, covariate, drawn, who, map_names, missing
                )
            else:
                columns = adjust[others]
                analysis = correlate_adjusted(
                    own, labels, columns, maps, covariate, drawn, who, map_names
                )
        except UserError as error:
            log.info("cannot do without %s: %s", name, error)
            continue
        names.append(name)
        analyses.append(analysis)
    shape = (len(analyses), len(maps))
    return LeftOut(
        names,
        np.array([a.fisher_z.mean(axis=0) for a in analyses]).reshape(shape),
        np.array([a.p for a in analyses]).reshape(shape),
    )


def leave_one_region_out(
    correlate: Callable[[np.ndarray], Correlations],
    maps: np.ndarray,
    region_names: Sequence[str],
) -> LeftOut:
    """Correlate again without each atlas region in turn; p is not computed.

    A region that is left out of a map costs a participant's z scores nothing in the others,
    so that only the correlations change. Where a region had no data for a map, nothing is left
    out of it and its mean is NaN.

    Parameters
    ----------
    correlate
        Correlates a patient group with maps (maps, regions); NaN is missing.
    maps
        (maps, regions)
    region_names
        Of the regions.

    Raises
    ------
    UserError
        The regions suffice only with all of them.
    """
    whole = correlate(maps).n_regions
    mean_z = np.full((len(region_names), len(maps)), np.nan)
    for region in range(len(region_names)):
        without = maps.copy()
        without[:, region] = np.nan
        analysis = correlate(without)
        used = (analysis.n_regions < whole).any(axis=0)
        mean_z[region, used] = analysis.fisher_z.mean(axis=0)[used]
    return LeftOut(list(region_names), mean_z, np.full(mean_z.shape, np.nan))


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of the finite values; NaN where there are none."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mean: np.ndarray = np.where(known, values, 0.0).sum(axis=axis) / known.sum(
            axis=axis
        )
        return mean
