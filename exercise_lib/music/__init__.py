"""Pieces of music with captions whose truth is known: played from a seed, read by an oracle."""
