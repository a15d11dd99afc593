"""A certificate that nobody vouches for: browsers warn once, and then what they say is private."""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dashboard.access.tls import Tls
from dashboard.access.tokens import AccessError
from dashboard.serving import lan_host

CERTIFICATE, KEY = "certificate.pem", "key.pem"
_DAYS = 398
"""Some browsers take no certificate for longer."""


def make_certificate(folder: Path) -> Tls:
    """Write ``certificate.pem`` and ``key.pem`` (for its owner only) into a race folder.

    Raises:
        AccessError: one of them is there already, or cannot be written.
    """
    made = Tls(folder / CERTIFICATE, folder / KEY)
    for file in (made.certificate, made.key):
        if file.exists():
            raise AccessError(f"{file} is there already; remove it to make another")
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content, mode in (
            (made.key, secret, 0o600),
            (made.certificate, _certificate(key), 0o644),
        ):
            descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
            with os.fdopen(descriptor, "wb") as to:
                to.write(content)
    except OSError as error:
        raise AccessError(f"{error.filename} cannot be written: {error.strerror}") from error
    return made


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "finishline")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names()), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _names() -> list[x509.GeneralName]:
    """Everything that this machine is called in its network today."""
    addresses = dict.fromkeys(("127.0.0.1", "::1", lan_host("0.0.0.0")))
    hosts = [x509.DNSName(name) for name in dict.fromkeys(("localhost", _own_name())) if name]
    return [*hosts, *(x509.IPAddress(ipaddress.ip_address(one)) for one in addresses)]


def _own_name() -> str:
    name = socket.gethostname()
    return name if name.isascii() and " " not in name else ""
