"""T1w/T2w ratio maps: the arithmetic behind the rules, one folder a stage of the workflow.

Functions here take and return arrays and plain values; the scripts one folder up adapt files
to them. A folder has the name of its rule file, and imports only from the modules beside this
one and from stages before its own. Importing the package, its ``workflow`` and ``errors``
costs nothing: the Snakefile uses them without any science package installed.
"""

__version__ = "0.1.0"
