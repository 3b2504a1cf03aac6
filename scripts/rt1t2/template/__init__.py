"""The template: an average brain, and a modelled head around it."""
