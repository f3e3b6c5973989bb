"""Made-up students: a sample cohort, students at random, and the demo they are for."""
