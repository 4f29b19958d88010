"""What was said, never overwritten."""
