"""What became of submissions: a report each, and pages on the whole cohort."""
