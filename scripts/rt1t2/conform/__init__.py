"""A pair of scans on one grid: origin at the anterior commissure, T2w on the T1w."""
