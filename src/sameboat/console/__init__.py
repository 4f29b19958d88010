"""The door for people: pages, forms, live changes."""
