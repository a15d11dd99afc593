"""`finishline forget`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.commands.shared import EXIT_FAILED, EXIT_OK, Commands

if TYPE_CHECKING:
    from stream.forget.planning import Asked, Outlook


def add_forget(commands: Commands) -> None:
    """The parser of `finishline forget`."""
    parser = commands.add_parser(
        "forget",
        help="erase a runner from a race folder, with a receipt",
        description="Erase all of one runner from a race folder: rows, pictures, templates, "
        "corrections, exported files and the entry of the start list in the race. What stays is "
        "told in a receipt, which is written into the folder's forgotten/. It cannot be undone. "
        "A run that was broken off is finished by the next one.",
    )
    parser.add_argument("--race", type=Path, metavar="DIR", required=True, help="the race folder")
    parser.add_argument("--bib", metavar="N", required=True, help="the runner's bib")
    parser.add_argument(
        "--footage",
        action="store_true",
        help="cut the runner out of the recorded video, too; whoever was in view then goes with it",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell what would be erased; nothing changes"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask to type the bib")
    parser.add_argument(
        "--by", metavar="NAME", help="who asks, for the receipt (default: this computer's user)"
    )
    parser.set_defaults(command=_forget)


def _forget(options: argparse.Namespace) -> int:
    from stream.clock import now_ns
    from stream.forget.erase import forget
    from stream.forget.planning import Asked, look

    by = options.by or getpass.getuser()
    asked = Asked(options.race, options.bib, options.footage, by, now_ns())
    _tell(look(asked))
    if options.dry_run:
        print("nothing was changed")
        return EXIT_OK
    if not options.yes and not _is_sure(asked):
        print("finishline: that is another bib; nothing was erased", file=sys.stderr)
        return EXIT_FAILED
    done = forget(asked)
    for receipt in (done.finished, done.receipt):
        if receipt is not None:
            print(f"\n{receipt.text}\nreceipt: {receipt.files[1]}")
    if done.receipt is None and done.finished is None:
        print("nothing was left to erase")
    return EXIT_OK


def _tell(found: Outlook) -> None:
    """Say what would be done."""
    from stream.forget.receipt import outlook

    if found.unfinished is not None:
        print(f"the erasure of bib {found.unfinished.bib} was broken off; it is finished first")
    if found.forgotten:
        print(f"bib {found.work.bib} was forgotten before")
    print(outlook(found.work))


def _is_sure(asked: Asked) -> bool:
    """Ask for the bib once more.

    Raises:
        ForgetError: there is nobody to ask.
    """
    from stream.forget.errors import ForgetError
    from stream.start_list import bib_key

    print("This cannot be undone. Type the bib to erase its runner: ", end="", flush=True)
    typed = sys.stdin.readline()
    if not typed:
        print()
        raise ForgetError("nobody typed the bib; give --yes where nobody can")
    return bib_key(typed) == asked.key
