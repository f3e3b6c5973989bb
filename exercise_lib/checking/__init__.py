"""How a check works: cases come from a bundle, are run, compared, diagnosed and shown."""
