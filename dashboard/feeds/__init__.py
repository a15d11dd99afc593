"""What other programs read: JSON, a scoreboard for graphics, and calls to their own servers."""
