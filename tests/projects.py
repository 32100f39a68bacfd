"""Settings of projects that tests set up as users do."""

TWO_PAIRS = """\
version = 1
[[pair]]
name = "port"
left = "bn_cnn.keras"
right = "bn_cnn.pt2"
[[pair]]
name = "same"
left = "bn_cnn.keras"
right = "bn_cnn.keras"
"""
