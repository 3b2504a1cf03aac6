"""What is usual of a normalisation: one set of limits for its record and for the pages."""

# Of the displacement's Jacobian determinant: the brain's 0.1st and 99.9th percentile, and the
# deep nuclei's 5th and 95th relative to the brain's median.
MIN_JACOBIAN, MAX_JACOBIAN = 0.2, 4.0
MIN_JACOBIAN_DEEP, MAX_JACOBIAN_DEEP = 0.4, 2.3
# The MNI152 template's own brain has 1,883 ml: it is larger than most, but no outlier.
MIN_BRAIN_ML, MAX_BRAIN_ML = 900, 2100
# (lowest, highest) value that is usual; outside it the scan deserves a look.
USUAL = {
    "BrainVolumeMl": (MIN_BRAIN_ML, MAX_BRAIN_ML),
    "Determinant": (0.5, 1.25),
    "DiceGM": (0.6, None),
    "DiceWM": (0.6, None),
    "FoldedVoxels": (None, 0),
    "JacobianP0_1": (MIN_JACOBIAN, None),
    "JacobianP99_9": (None, MAX_JACOBIAN),
    "JacobianDeepP5": (MIN_JACOBIAN_DEEP, None),
    "JacobianDeepP95": (None, MAX_JACOBIAN_DEEP),
}
