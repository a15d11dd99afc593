"""`finishline access add`, `list`, `remove` and `certificate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.shared import EXIT_OK, Commands

_ROLES = ("feed", "viewer", "operator", "admin")


def add_access(commands: Commands) -> None:
    """The parser of `finishline access`."""
    parser = commands.add_parser(
        "access",
        help="who may open the dashboard from other machines",
        description="Make, list and remove the tokens that other machines sign in with.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="make a token; prints its address and QR code once")
    adding.add_argument("name", metavar="NAME", help="whose it is; stands beside corrections")
    adding.add_argument(
        "--role",
        choices=_ROLES,
        default="viewer",
        help="feed: the scoreboard for graphics only; viewer: sees everything (default); "
        "operator: corrects as well; admin: also changes how the race is watched",
    )
    adding.add_argument("--svg", type=Path, metavar="FILE", help="write the QR code there, too")
    adding.add_argument("--host", help="what others call this machine (default: found out)")
    adding.set_defaults(command=_add)
    listing = actions.add_parser("list", help="names and roles; the tokens are not known any more")
    listing.set_defaults(command=_list)
    removing = actions.add_parser("remove", help="forget a token and sign its users out")
    removing.add_argument("name", metavar="NAME")
    removing.set_defaults(command=_remove)
    certifying = actions.add_parser(
        "certificate", help="make a self-signed certificate to serve the page with TLS (https)"
    )
    certifying.set_defaults(command=_certificate)
    for action in (adding, listing, removing, certifying):
        action.add_argument("--race", type=Path, metavar="DIR", required=True)


def _add(options: argparse.Namespace) -> int:
    from dashboard.access.codes import add
    from dashboard.access.tokens import Role

    add(options.race, options.name, Role.of(options.role), options.svg, options.host)
    return EXIT_OK


def _list(options: argparse.Namespace) -> int:
    from dashboard.access.codes import show

    show(options.race)
    return EXIT_OK


def _remove(options: argparse.Namespace) -> int:
    from dashboard.access.codes import remove

    remove(options.race, options.name)
    return EXIT_OK


def _certificate(options: argparse.Namespace) -> int:
    from dashboard.access.self_signed import make_certificate

    made = make_certificate(options.race)
    print(f'[dashboard]\ncertificate = "{made.certificate.name}"\nkey = "{made.key.name}"')
    return EXIT_OK
