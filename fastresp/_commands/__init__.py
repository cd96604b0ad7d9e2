"""What is behind ``flask fastresp``; imported when a command runs."""
