"""What changes nothing, and what nobody can tell."""
