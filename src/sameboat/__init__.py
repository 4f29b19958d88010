"""Sameboat (同舟): from the gauge upstream to the door downstream."""

__version__ = "0.1.0"
