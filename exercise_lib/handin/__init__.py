"""Read a hand-in however it was saved, and put its notebooks back in order."""
