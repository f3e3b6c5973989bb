"""Masters: the one source of truth for modules and notebooks."""
