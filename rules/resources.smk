# What a job asks a cluster for: more each time it is tried again.
#
# Snakemake reads the Snakefile before it knows its own settings. A plain command line tries nothing
# again and bundles nothing: plain numbers then make a dry run of a large cohort a tenth cheaper.
import os
import sys
from pathlib import Path

CLUSTER_OPTIONS = ("--profile", "--workflow-profile", "--retries", "--restart-times", "-T")
CLUSTER_OPTIONS += ("--executor", "-e", "--group-components", "--groups")
DEFAULT_PROFILES = [folder / "profiles/default" for folder in (Path.cwd(), Path(workflow.basedir))]
MAYBE_ON_CLUSTER = (
    not workflow.is_main_process
    or any(argument.startswith(CLUSTER_OPTIONS) for argument in sys.argv[1:])
    or any(profile.exists() for profile in DEFAULT_PROFILES)
    or "SNAKEMAKE_PROFILE" in os.environ
)


def memory(mem_mb):
    """Ask for more memory each time a job is tried again."""
    return (lambda wildcards, attempt: mem_mb * attempt) if MAYBE_ON_CLUSTER else mem_mb


def minutes(runtime):
    """Ask for more time each time a job is tried again."""
    return (lambda wildcards, attempt: runtime * attempt) if MAYBE_ON_CLUSTER else runtime
