"""What was handed in: read, unpacked within limits, and taken into the course."""
