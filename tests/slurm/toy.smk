# Jobs that misbehave, with the workflow's own way of asking for memory and time.
import sys

PYTHON = sys.executable


include: "../../rules/resources.smk"


localrules:
    all,


rule all:
    input:
        "hungry.txt",
        "slow.txt",
        "broken.txt",
        expand("fine/{i}.txt", i=range(2)),


rule fine:
    output:
        "fine/{i}.txt",
    log:
        "logs/fine/{i}.log",
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    shell:
        "echo fine > {output}"


rule hungry:
    """Holds 700 MB: more than the first request, less than the second."""
    output:
        "hungry.txt",
    log:
        "logs/hungry.log",
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    shell:
        "{PYTHON} -c 'import time; x = bytearray(b\"1\" * 700_000_000); time.sleep(20)' 2> {log}"
        " && echo fed > {output}"


rule slow:
    """Sleeps longer than the first request, which is one minute."""
    output:
        "slow.txt",
    log:
        "logs/slow.log",
    resources:
        mem_mb=memory(500),
        runtime=minutes(1),
    shell:
        "sleep 80 && echo done > {output}"


rule broken:
    output:
        "broken.txt",
    log:
        "logs/broken.log",
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    shell:
        "echo it broke > {log}; exit 3"
