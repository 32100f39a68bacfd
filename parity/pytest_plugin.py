"""The pytest plugin: its entry point is reserved here, its options and fixtures are not built yet."""
