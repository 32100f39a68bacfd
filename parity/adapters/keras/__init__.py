"""Readers of Keras models."""
