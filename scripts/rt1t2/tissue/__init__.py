"""Head priors, bias fields, tissues, brain mask and reference tissues."""
