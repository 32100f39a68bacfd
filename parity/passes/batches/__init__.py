"""Axes that are folded into the batch, and axes of one element."""
