"""Images in, typed results out. Knows no race, stream or HTTP."""
