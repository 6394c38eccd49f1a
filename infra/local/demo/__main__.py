"""`python -m infra.local.demo [--orders FILE] [--limit N]`: replay orders through the service and report.

Exit code 0 if the run was sound, 1 if it was not (the report says why), 2 for a file that cannot be replayed.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

from infra.local.demo import report
from infra.local.demo.book import OrderBook
from infra.local.demo.figures import collect
from infra.local.demo.order_book import ORDERS, built_in_order_book
from infra.local.demo.play import Play
from infra.local.demo.retail_file import read_retail_file
from infra.local.demo.retail_rows import NotARetailFileError
from infra.local.demo.service import Service, UnexpectedAnswerError
from infra.local.demo.supply import make_supply
from infra.local.world import World

_ROOT = Path(__file__).resolve().parents[3]
_COLLECTIONS = (100_000, 20, 100)  # objects, and how many collections of one age make one of the next
_LEAD_TIMES = _ROOT.parent / "shared" / "data" / "bpic19" / "po_items_until_2018_08.csv.gz"


def main(arguments: list[str] | None = None) -> int:
    """Play one order book and print the report."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.lead_times is not None and not chosen.lead_times.is_file():
        parser.error(f"{chosen.lead_times} is not a file")
    try:
        if chosen.orders is None:
            return run(built_in_order_book(chosen.limit or ORDERS), chosen.lead_times)
        return run(read_retail_file(chosen.orders, chosen.limit), chosen.lead_times or _LEAD_TIMES)
    except NotARetailFileError as error:
        print(error, file=sys.stderr)
        return 2
    except UnexpectedAnswerError as error:
        print(f"the run could not go on: {error}", file=sys.stderr)
        return 1


def run(book: OrderBook, lead_time_file: Path | None) -> int:
    """Play the book from its first order on; the exit code. Without lead time file, the suppliers' are our own."""
    first, last = book.actions[0].at, book.actions[-1].at
    print(f"playing {len(book.orders)} orders of {first:%Y-%m-%d} to {last:%Y-%m-%d}", file=sys.stderr, flush=True)
    supply = make_supply(book, lead_time_file)
    began = time.monotonic()
    with World.boot(start=first) as world:
        service = Service(world)
        played = Play(service, book, supply)
        played.run()
        figures = collect(
            service,
            played.storefront.recorded.values(),
            waiting_at_first=played.storefront.counts["units waiting when first settled"],
            began=played.began,
            wall_seconds=time.monotonic() - began,
            failures=played.failures,
        )
        print(report.render(book, supply, played.counts, played.storefront.refusals, figures, service.watch))
    return 0 if figures.sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local.demo", description=__doc__)
    parser.add_argument("--orders", type=Path, metavar="FILE", help="a UCI Online Retail file, csv or csv.gz")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N invoices")
    parser.add_argument(
        "--lead-times", type=Path, metavar="FILE", help="draw lead times from this BPI Challenge 2019 extract (csv.gz)"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


if __name__ == "__main__":
    # The table lives as long as the run and has no cycles: to walk through all of it again and again finds nothing.
    gc.set_threshold(*_COLLECTIONS)
    sys.exit(main())
