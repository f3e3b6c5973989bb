"""nbgrader as this kit sets it up: its configuration, its steps, and what is put in their place."""
