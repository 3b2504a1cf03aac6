"""T1w/T2w ratio maps: the arithmetic behind the rules, one module a domain.

Functions here take and return arrays and plain values; the scripts one folder up adapt files
to them. Importing the package itself costs nothing, so that the Snakefile can use
:mod:`rt1t2.participants` and :mod:`rt1t2.provenance` without any science package installed.
"""

__version__ = "0.1.0"
