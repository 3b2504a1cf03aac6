# What a job asks a cluster for, and which rules share one cluster job.


def memory(mem_mb):
    """Ask for more memory each time a job is tried again."""
    return lambda wildcards, attempt: mem_mb * attempt


def minutes(runtime):
    """Ask for more time each time a job is tried again."""
    return lambda wildcards, attempt: runtime * attempt


def bundle(name):
    """The bundle that a rule goes into where the profile asks for bundles (group-components).

    Snakemake knows that only once the Snakefile has been read, and so this is a function. Without
    bundles the check of them, which costs a dry run of a large cohort more than all the rest, is
    spared. Inside a cluster job the rules of a bundle have to know each other.
    config/profiles/README.md says what is bundled and why; a laptop ignores it.
    """
    return lambda wildcards: name if bundled() else None


def with_the_ratio(wildcards):
    """A patient's ratio is the end of the participant's one job.

    A control's cannot be: between the landmarks and the ratio of a control lies the scale, which
    is made from all controls.
    """
    if not bundled():
        return None
    return "control" if wildcards.sub in CONTROLS else "participant"


def bundled():
    return bool(workflow.group_settings.group_components) or not workflow.is_main_process
