"""Layers that are written out in arithmetic."""
