"""Measures detector, reader and photos against labels."""
