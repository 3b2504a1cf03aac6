"""T1w/T2w ratio maps: the arithmetic behind the rules, one folder per stage of the workflow.

Functions here take and return arrays and plain values; the scripts one folder up adapt files
to them. A folder has the name of its rule file, and imports only from the modules beside this
one and from earlier stages. The package, its ``workflow`` and ``errors`` import no science
package, because the Snakefile is read without any.
"""

__version__ = "0.1.0"
