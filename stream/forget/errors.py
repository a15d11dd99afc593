"""What can go wrong with forgetting a runner."""

from __future__ import annotations

from stream.store.errors import StoreError


class ForgetError(StoreError):
    """A runner cannot be forgotten as asked; the text says what to do about it."""
