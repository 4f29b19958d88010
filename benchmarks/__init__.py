"""Speed, measured side by side with a named peer; never asserted in a timed test."""
