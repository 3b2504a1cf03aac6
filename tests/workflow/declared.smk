# The whole workflow, each rule alone in a folder that holds only what it declares as input.
#
# Shadow folders of the kind "minimal" are Snakemake's own: links to the inputs, nothing else, and
# only declared outputs are moved out. A script that opens an undeclared file stops there.
include: "../../Snakefile"


for declared in workflow.rules:
    declared.shadow_depth = "minimal"
