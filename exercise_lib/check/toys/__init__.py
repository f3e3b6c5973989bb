"""Small stand-ins for what a function is given, so that its check needs no other exercise."""
