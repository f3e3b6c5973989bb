"""Codebooks that learn while they are used, and what is quantised with them besides pictures."""
