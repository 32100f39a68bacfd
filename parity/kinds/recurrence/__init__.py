"""Layers with a state that they carry from step to step, and their single steps."""
