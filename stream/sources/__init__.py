"""Sources: each yields frames or observations of one camera."""
