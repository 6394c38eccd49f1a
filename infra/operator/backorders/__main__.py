"""`backorders COMMAND ...`, or `python -m infra.operator.backorders COMMAND ...`: see `docs/operating.md`.

Without `--url` (or BACKORDERS_URL) it talks to the service on this machine; how it gets a token says
`infra.operator.service`.
Exits with 0 if all is well, 1 if something could not be done, was refused or looks wrong, 2 for arguments that make no
sense. With `--json` a failure is told as JSON too: `{"error": {"code", "message", "field"?}}` on standard error.
"""

from __future__ import annotations

import json
import sys

from infra.operator.backorders.options import parser
from infra.operator.backorders.session import Session
from infra.operator.dead_letters.__main__ import main as dead_letters
from infra.operator.output import failed, show
from infra.operator.service import Trouble, connect

_DEAD_LETTERS = "dead-letters"


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    if arguments[:1] == [_DEAD_LETTERS]:
        return dead_letters(arguments[1:] or ["list"])
    known, as_json = parser(), "--json" in arguments
    try:
        options = known.parse_args(arguments)
        report = options.run(Session(connect(options.url), options.yes, quiet=as_json), options)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    except ValueError as error:
        failed(known.prog, error, code="usage", as_json=as_json)
        return 2
    except Trouble as trouble:
        failed(known.prog, trouble, code=trouble.code, field=trouble.field, as_json=as_json)
        return 1
    except KeyboardInterrupt:
        failed(known.prog, "stopped; what was done stays done", code="stopped", as_json=as_json)
        return 1
    show(json.dumps(report.data, ensure_ascii=False, indent=2) if options.json else "\n".join(report.lines))
    return int(report.code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
