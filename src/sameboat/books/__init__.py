"""What we promised and owe: compacts."""
