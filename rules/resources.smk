# What a job asks a cluster for: more each time it is tried again. (A plain number where nothing is
# tried again would be cheaper by a hundredth, but the Snakefile is read before that is known.)


def memory(mem_mb):
    """Ask for more memory each time a job is tried again."""
    return lambda wildcards, attempt: mem_mb * attempt


def minutes(runtime):
    """Ask for more time each time a job is tried again."""
    return lambda wildcards, attempt: runtime * attempt
