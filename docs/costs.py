"""What a line costs by step, at which prices, and what stands whatever is sold: the tables of docs/cost.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.synth_cache import template_path
from infra.local.template import Template
from shared.costs.prices import price_table
from shared.runtime.metric_names import METRICS, VALUES
from tests.bench import spent, units

_REGIONS = ("us-east-1", "eu-west-1")
_SHOWN = ("write_units", "read_units", "api_requests", "invocations", "queue_requests", "fifo_requests", "events")


def life(name: str) -> str:
    """A life by step: what is consumed for each line, and dollars for a thousand lines beside the lower bound."""
    written = units.written()["life"][name]
    lines, an_order = written["lines"], units.LIVES[name].lines
    consumed: spent.Spent = written["consumed"]
    priced = [spent.dollars(consumed, lines, region) for region in _REGIONS]
    rows = [
        [
            step,
            *(_amount(of.get(one, 0) / lines) for one in _SHOWN),
            *(f"{of_region[step]:.5f}" for of_region in priced),
        ]
        for step, of in consumed.items()
    ]
    rows += [[label, *[""] * len(_SHOWN), *sums] for label, sums in _sums(consumed, lines, an_order)]
    heads = ["step", *(one.replace("_", " ") for one in _SHOWN), *(f"$ per 1,000, {region}" for region in _REGIONS)]
    return _table(heads, rows)


def summary(name: str) -> str:
    """The same in a sentence, at the prices of the first region."""
    written, region = units.written()["life"][name], _REGIONS[0]
    rest, mails = spent.total(written["consumed"], written["lines"], region)
    least = sum(spent.floor(units.LIVES[name].lines, region))
    return (
        f"{name.capitalize()} costs {rest + mails:.4f} US dollars per 1,000 lines at the prices of {region}, "
        f"{mails:.4f} of them for mails; the least that any design would cost is {least:.4f}: "
        "[docs/cost.md](docs/cost.md)."
    )


def _sums(consumed: spent.Spent, lines: int, an_order: int) -> Iterator[tuple[str, list[str]]]:
    """Without mails, the mails, and in all, each with its lower bound."""
    ours = [spent.total(consumed, lines, region) for region in _REGIONS]
    least = [spent.floor(an_order, region) for region in _REGIONS]
    for n, label in enumerate(("without mails", "mails")):
        yield label, [f"{one[n]:.5f}" for one in ours]
        yield f"{label}: lower bound", [f"{one[n]:.5f}" for one in least]
    yield "**in all**", [f"**{sum(one):.5f}**" for one in ours]
    yield "in all: lower bound", [f"{sum(one):.5f}" for one in least]


def price_list() -> str:
    """Every price with its source."""
    rows = []
    for row in price_table()["consumed"].values():
        per = f"{row['per']:,}" if row["per"] != 1 << 30 else "GB"
        rows.append([row["what"], per, *(_price(row[region]) for region in _REGIONS)])
    return _table(["what", "per", *_REGIONS], rows) + "\n\n" + _sources()


def _price(given: list[Any]) -> str:
    dollars, source = given
    return f"{dollars:g} ({source})"


def _sources() -> str:
    table = price_table()
    return "\n".join([f"Prices as of {table['as_of']}, in US dollars.", "", *_named(table["sources"])])


def _named(sources: Mapping[str, str]) -> Iterator[str]:
    return (f"* {name}: {text}." for name, text in sources.items())


def standing() -> str:
    """What is paid each month whatever is sold, as far as the template says how much of it there is."""
    rows = []
    for name, count in _standing().items():
        row = price_table()["standing"][name]
        rows.append([row["what"], f"{count:,}", *(f"{count * row[region][0]:,.2f}" for region in _REGIONS)])
    return _table(["what", "how many", *(f"$ a month, {region}" for region in _REGIONS)], rows)


def _standing() -> dict[str, int]:
    template = Template.load(template_path())
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    watched = sum(
        sum("MetricStat" in one for one in alarm.properties.get("Metrics", [{"MetricStat": {}}])) for alarm in alarms
    )
    return {
        "alarms": watched,
        "metrics": sum(len(VALUES[metric.by]) if metric.by else 1 for metric in METRICS.values()),
        "secrets": len(template.of_type("AWS::SecretsManager::Secret")),
    }


def _amount(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    numbers = ["--:"] * (len(heads) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---", *numbers], *rows])
