"""The stage for the lecture hall: scenes of the labs, one screen each, in a browser."""
