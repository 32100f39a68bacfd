"""Attention, its masks, and how each framework spells them."""
