"""Coding sequences of annotations."""
