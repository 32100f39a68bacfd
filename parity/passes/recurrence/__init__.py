"""Recurrent layers that are written step by step, or begin and end in another way."""
