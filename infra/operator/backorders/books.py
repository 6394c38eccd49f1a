"""Commands about the books: audit, repair, and the trail of what operators did."""

from __future__ import annotations

import argparse
import http.client
import json
import uuid
from collections.abc import Iterator

from infra.operator.backorders import text
from infra.operator.backorders.session import Progress, Report, Session
from infra.operator.service import Json, Refused

Options = argparse.Namespace
_COUNTERS = ("waiting", "free", "received", "corrections")


def audit(session: Session, options: Options) -> Report:
    """Look at the books of SKUs and orders, or of every SKU; exits with 1 if anything looks wrong or is not there."""
    subjects = [{"sku": sku} for sku in options.sku] + [{"backorder_id": one} for one in options.order]
    if not subjects:
        subjects = [{"sku": item["sku"]} for item in session.pages("/v1/items")]
    progress, found, unknown = Progress("audited"), [], []
    for n, subject in enumerate(subjects, start=1):
        try:
            found += session.service.ask("POST", "/v1/audits", subject)["violations"]
        except Refused as refused:
            if refused.status != http.client.NOT_FOUND:
                raise
            # What is wrong with the others is told all the same.
            unknown += [f"{name}: {refused}" for name in subject.values()]
        progress.show(n, len(subjects))
    progress.end()
    report = {"looked_at": len(subjects) - len(unknown), "violations": found, "unknown": unknown}
    return Report(report, _audited(report), 1 if found or unknown else 0)


def _audited(report: Json) -> Iterator[str]:
    for one in report["violations"]:
        yield f"{one['rule']}  {one['where']}: {one['detail']}"
    yield from report["unknown"]
    yield f"{report['looked_at']} looked at, {len(report['violations'])} thing(s) look wrong"
    if report["violations"]:
        yield "Work on its way may look wrong for a moment: look again before you repair anything."


def repair(session: Session, options: Options) -> Report:
    """Bring the counters of a SKU to what its lines and ledger say: what would be added first, then in earnest."""
    body = {"repair_id": options.repair_id or f"repair-{uuid.uuid4()}", "sku": options.sku, "reason": options.reason}
    tried = session.service.ask("POST", "/v1/repairs", body | {"dry_run": True})
    if options.dry_run or not any(tried[name] for name in _COUNTERS):
        return Report(tried, _repaired(tried))
    session.confirm(f"Repair the counters of {options.sku}", _repaired(tried))
    done = session.service.ask("POST", "/v1/repairs", body)
    return Report(done, _repaired(done))


def _repaired(done: Json) -> Iterator[str]:
    changes = [f"{name} {done[name]:+d}" for name in _COUNTERS if done[name]]
    would = "would change" if done["dry_run"] else "changed"
    yield f"{done['sku']}: {would} {', '.join(changes)}" if changes else f"{done['sku']}: the counters are right"


def actions(session: Session, options: Options) -> Report:
    """What operators did, latest first."""
    found = list(session.pages("/v1/actions", options.most))
    rows = ((x["at"], x["actor"], x["action"], x["about"], x["reason"], json.dumps(x["detail"])) for x in found)
    return Report(found, text.table(("at", "actor", "action", "about", "reason", "detail"), rows))
