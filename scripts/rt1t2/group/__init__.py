"""Group statistics: designs, t maps, clusters, permutation, evidence, demographics."""
