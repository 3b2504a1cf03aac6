"""Grids, transforms, resampling, displacement fields and masks: no anatomy."""
