"""How somebody looks in clothes and body, without the face: one vector per person crop."""

from engines.appearance.embedder import (
    Appearance,
    AppearanceEmbedder,
    combined,
    load_appearance_embedder,
)

__all__ = ["Appearance", "AppearanceEmbedder", "combined", "load_appearance_embedder"]
