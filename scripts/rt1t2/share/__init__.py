"""A finished study as it can be passed on: defaced, described, checked and packed."""
