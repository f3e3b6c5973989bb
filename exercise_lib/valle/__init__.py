"""A codec language model on strings of digits: VALL-E in small."""
