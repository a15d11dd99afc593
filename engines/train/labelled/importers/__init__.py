"""Readers of annotated pictures, one file per format; `reading` recognises which one it is."""
