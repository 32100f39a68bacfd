"""Padding, windows and slices."""
