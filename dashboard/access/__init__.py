"""Who may look and who may correct: tokens, signing in, and encrypted connections."""
