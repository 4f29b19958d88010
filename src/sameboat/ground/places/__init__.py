"""The ground and who answers for it."""
