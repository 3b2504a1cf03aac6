# What a job asks a cluster for: more each time it is tried again.


def memory(mem_mb):
    """Ask for more memory each time a job is tried again, where jobs are (a number is cheaper)."""
    return growing(mem_mb)


def minutes(runtime):
    """Ask for more time each time a job is tried again."""
    return growing(runtime)


def growing(amount):
    settings = workflow.execution_settings
    if settings is None or not settings.retries:
        return amount
    return lambda wildcards, attempt: amount * attempt
