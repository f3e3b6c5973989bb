"""One run of the grader: its workers, the verdicts, and the journal of what holds."""
