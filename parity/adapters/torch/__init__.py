"""Readers of PyTorch models."""
