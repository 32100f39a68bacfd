"""Arithmetic that exporters and programs write out, a file for each layer that it is."""
