"""Calibration, the ratio, its way to the template, and smoothing."""
