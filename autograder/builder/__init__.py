"""From the masters in solutions/ to everything that is generated from them."""
