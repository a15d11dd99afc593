"""The certificate with which the page is served, checked before anything listens."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from dashboard.server import ServerError


@dataclass(frozen=True, slots=True)
class Tls:
    """A certificate (with those that vouch for it, PEM) and its private key (PEM)."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raise ServerError where they cannot be used together."""
        for what, file in (("certificate", self.certificate), ("key", self.key)):
            try:
                file.read_bytes()
            except OSError as error:
                raise ServerError(
                    f"[dashboard] {what}: {file} cannot be read ({error.strerror}); name a PEM file"
                ) from error
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # Asked for a password, OpenSSL would wait for somebody to type it.
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except ssl.SSLError as error:
            raise ServerError(self._fault(error)) from error

    def _fault(self, error: ssl.SSLError) -> str:
        if error.reason == "KEY_VALUES_MISMATCH":
            return (
                f"[dashboard] key: {self.key} is not the key of {self.certificate}; "
                "name the two files that were made together"
            )
        if "ENCRYPTED" in self.key.read_text("ascii", "replace"):
            return (
                f"[dashboard] key: {self.key} is protected by a password; "
                f"write it without one: openssl pkey -in {self.key.name} -out plain.pem"
            )
        return (
            f"[dashboard] certificate, key: {self.certificate} and {self.key} cannot be used "
            f"({error.reason or error}); both must be PEM files"
        )
