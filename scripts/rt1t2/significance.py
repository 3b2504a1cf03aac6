"""The level at which a p value is called significant, for every test, table and sentence."""

ALPHA = 0.05
