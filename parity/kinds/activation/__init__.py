"""Functions of each element that follow a layer, with and without weights."""
