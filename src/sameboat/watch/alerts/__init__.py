"""Warnings, drafted by one person and issued by another."""
