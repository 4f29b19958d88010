"""Who may do what, and what happened in the house."""
