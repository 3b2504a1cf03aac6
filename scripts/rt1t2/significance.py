"""The level below which a p value is called significant."""

ALPHA = 0.05
