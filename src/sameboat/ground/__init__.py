"""What everyone stands on: places, logbook, people."""
