"""Ends with 0 where finishline's page answers: ``healthy.py [RACE.toml]``. For HEALTHCHECK.

Where the page listens, and whether with TLS, stands in the race file.
"""

from __future__ import annotations

import ssl
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

_EVERYWHERE = {"0.0.0.0", "::", "localhost", ""}


def address(race_file: Path) -> str:
    """Where the page of a race says that it is up; the usual place without a race file."""
    try:
        dashboard = tomllib.loads(race_file.read_text(encoding="utf-8")).get("dashboard", {})
    except FileNotFoundError:
        dashboard = {}
    host = str(dashboard.get("host", ""))
    host = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    scheme = "https" if "certificate" in dashboard else "http"
    return f"{scheme}://{host}:{dashboard.get('port', 8080)}/healthz"


def is_up(url: str) -> bool:
    """Whether it answers. Who answers is not checked: the certificate names another address."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(url, timeout=4, context=context) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(not is_up(address(Path(sys.argv[1] if len(sys.argv) > 1 else "race.toml"))))
