"""What the Snakefile and every job share: participants, configuration, provenance, job."""
