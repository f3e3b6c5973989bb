"""Run student code where it can reach nothing: what it returns is judged outside."""
