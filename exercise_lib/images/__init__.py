"""Captioned pictures whose truth is known: scenes drawn from a seed, an oracle that reads them."""
