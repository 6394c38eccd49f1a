"""The stack, composed in the order of the process. What is not here does not exist, locally neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs import business_alarms, plumbing_alarms, queue_alarms, spend_alarm, table_alarms
from infra.constructs.alarms import Alarms
from infra.constructs.dashboards.business import BusinessDashboard
from infra.constructs.dashboards.plumbing import Plumbing, PlumbingDashboard
from infra.constructs.deployments import Deployments
from infra.constructs.events_bus import carry, event_bus
from infra.constructs.exceptions import accept
from infra.constructs.functions import BusinessFunction, Graveyards, House
from infra.constructs.http_api import BackordersApi
from infra.constructs.identity import Identity, Issuer, signing_secret
from infra.constructs.mail import Mail
from infra.constructs.naming import kebab
from infra.constructs.python_code import python_code
from infra.constructs.queues import Feed, WorkQueue
from infra.constructs.saved_queries import saved_queries
from infra.constructs.schedules import Schedules
from infra.constructs.streams import StreamReader
from infra.constructs.table import table
from infra.options import Options
from shared.runtime import environment

_QUEUES = {
    "record-backorders": Feed(timeout=60, batch=10, at_once=20, late=5),
    "tally-demand": Feed(timeout=60, batch=100, window=5, at_once=5, late=30),
    "allocate-stock": Feed(timeout=120, batch=10, at_once=20, fifo=True, late=5),
    # Lines of an order are allocated SKU by SKU: a minute gathers them into one release.
    "release-orders": Feed(timeout=60, batch=10, at_once=10, fifo=True, delay=60, late=15),
    "send-purchase-orders": Feed(timeout=60, batch=1, at_once=2, late=30),
    "notify-customers": Feed(timeout=120, batch=100, window=5, at_once=5, late=30),
    # What became free is first given to those who wait: a minute is enough for it.
    "notify-subscribers": Feed(timeout=120, batch=10, at_once=5, fifo=True, delay=60, late=60),
    "record-mail-outcomes": Feed(timeout=60, batch=100, window=5, at_once=2, late=60),
    # A request is cut off after eight seconds, name and connection included in fifteen: ten of them end in time.
    "deliver-webhooks": Feed(timeout=150, batch=10, window=1, at_once=10, late=30),
}


class BackordersStack(cdk.Stack):  # type: ignore[misc]
    """Everything one merchant needs, in one stack."""

    def __init__(self, scope: Construct, options: Options, *, bundle: bool) -> None:
        super().__init__(
            scope,
            options.stack_name,
            description="Sell what is not on the shelf, and keep the promise made with it",
        )
        self._options = options
        self._functions: list[BusinessFunction] = []
        self._queues = {name: WorkQueue(self, name, options, feed) for name, feed in _QUEUES.items()}
        self._api = BackordersApi(self, options)
        self._house = House(
            options=options,
            code=python_code(bundle=bundle),
            table=table(self),
            queues={name: work.queue for name, work in self._queues.items()},
            bus=event_bus(self, options),
            mail=Mail(self, options),
            signing_secret=signing_secret(self),
            public_url=self._api.public_url,
        )
        self._process()
        self._watch()
        saved_queries(self, options, [one.log_group for one in self._functions], self._api.access_log)
        self._accept_exceptions()

    def _process(self) -> None:
        """From the order to the customer's mail; the changes of the table lead from one step to the next."""
        self._schedules = Schedules(self, self._options)
        self._record_orders()
        self._pass_changes_on()
        self._order_from_suppliers()
        self._serve_those_who_wait()
        self._keep_everybody_informed()
        self._prove_the_counts()
        self._let_operators_see()

    def _record_orders(self) -> None:
        """Over HTTP, or in bulk through a queue."""
        function = self._function(
            "api",
            timeout=29,  # the gateway hangs up after 30
            memory=1024,
            purpose="Answers every route of the HTTP API",
            impact="Storefronts and operators get errors instead of answers.",
        )
        self._api.serve(function, self._issuer())
        self._worker(
            "record_backorders",
            purpose="Records the orders that come in bulk",
            impact="Orders sent to the queue are not recorded.",
        )

    def _pass_changes_on(self) -> None:
        """To the steps they concern, and to the world outside."""
        self._readers = [
            self._reader(
                "fan_out_changes",
                purpose="Hands every change to the steps it concerns",
                impact="Nothing that follows from an order or a receipt happens.",
            ),
            self._reader(
                "publish_events",
                purpose="Publishes what happened on the event bus",
                impact="Other systems do not hear what happened.",
            ),
        ]

    def _order_from_suppliers(self) -> None:
        """Demand is added up, planned into purchase orders and mailed."""
        self._worker(
            "tally_demand",
            purpose="Adds up what is waited for, per SKU",
            impact="Purchase plans order too little.",
        )
        self._hourly(
            "plan_purchase_orders",
            minute=0,
            purpose="Turns open demand into purchase orders on the suppliers' order days",
            impact="Open demand is not ordered from suppliers.",
        )
        self._worker(
            "send_purchase_orders",
            purpose="Mails purchase orders to suppliers",
            impact="Suppliers do not get their orders.",
        )

    def _serve_those_who_wait(self) -> None:
        """Units that are free go to the lines that wait, and from there to the warehouse."""
        self._worker(
            "allocate_stock",
            purpose="Gives free units to the lines that wait, in queue order, and renews the promises",
            impact="Units on the shelf are not given to the customers who wait for them.",
        )
        self._worker(
            "release_orders",
            purpose="Hands allocated units to the warehouse",
            impact="Orders that could be shipped are not handed to the warehouse.",
        )

    def _keep_everybody_informed(self) -> None:
        """Customers hear what changed, and nothing is forgotten."""
        self._worker(
            "notify_customers",
            purpose="Mails customers what changed for them",
            impact="Customers do not hear what happens to their orders.",
        )
        self._worker(
            "notify_subscribers",
            purpose="Mails those who asked to be told that an item is there again",
            impact="Who asked to be told that an item is there again does not hear of it.",
        )
        self._worker(
            "record_mail_outcomes",
            purpose="Records what became of the mails: delivered, bounced, complained about",
            impact="Mails to closed mailboxes go on, and unknown outcomes stay unknown.",
        )
        self._house.mail.report_to(*self._queues["record-mail-outcomes"].both)
        self._worker(
            "deliver_webhooks",
            purpose="Delivers events to shops outside AWS",
            impact="Shops outside AWS do not hear what happened.",
        )
        rule = carry(self, "WebhookEvents", self._house.bus, *self._queues["deliver-webhooks"].both)
        rule.name = self._options.name("webhook-events")
        self._hourly(
            "chase_overdue",
            minute=30,
            purpose="Chases what is overdue: deliveries, deadlines, holds, unfinished recordings",
            impact="Late deliveries, deadlines and held orders go unnoticed.",
        )

    def _prove_the_counts(self) -> None:
        """The books are audited all the time."""
        self._audit = self._hourly(
            "audit_books",
            minute=45,
            purpose="Replays lines and ledger and compares them with the counters",
            impact="Wrong counts would go unnoticed.",
        )

    def _let_operators_see(self) -> None:
        """The tables of the dashboards, and their one button."""
        of_services = {f"{r.function.name}-dead": r.dead for r in self._readers} | {"schedules": self._schedules.dead}
        of_work = {name: work.dead for name, work in self._queues.items()}
        self._house = replace(self._house, graveyards=Graveyards(of_work, of_services))
        redrive = self._function(
            "redrive_dead_letters",
            purpose="Sends the letters of a dead-letter queue back to work, from the button on a dashboard",
            impact="Dead letters cannot be sent back from the dashboard; `make dead-letters` does it too.",
        )
        self._widgets = self._function(
            "show_widgets",
            purpose="Makes the tables on the dashboards; may read and nothing else",
            impact="Tables on the dashboards stay empty; nothing else is touched.",
        )
        self._widgets.function.add_environment(environment.REDRIVE_FUNCTION_ARN, redrive.live.function_arn)

    def _function(self, name: str, **settings: Any) -> BusinessFunction:
        function = BusinessFunction(self, name, self._house, **settings)
        self._functions.append(function)
        return function

    def _worker(self, name: str, *, purpose: str, impact: str) -> None:
        work = self._queues[kebab(name)]
        work.feed(self._function(name, timeout=work.timeout, purpose=purpose, impact=impact))

    def _hourly(self, name: str, *, minute: int, purpose: str, impact: str) -> BusinessFunction:
        function = self._function(name, timeout=300, purpose=purpose, impact=impact)
        self._schedules.hourly(function, minute=minute)
        return function

    def _reader(self, name: str, *, purpose: str, impact: str) -> StreamReader:
        function = self._function(name, purpose=purpose, impact=impact)
        return StreamReader(self, function, self._house.table, self._options)

    def _issuer(self) -> Issuer:
        options = self._options
        self._identity = None if options.jwt_issuer else Identity(self, options)
        return self._identity.issuer if self._identity else Issuer(options.jwt_issuer, options.jwt_audience)

    def _dead(self) -> dict[str, tuple[sqs.Queue, str]]:
        """Every dead-letter queue by name, and what is lost while something lies in it."""
        impact = {function.name: function.impact for function in self._functions}
        found = {f"{name}-dead": (work.dead, impact[name]) for name, work in self._queues.items()}
        found |= {f"{r.function.name}-dead": (r.dead, r.function.impact) for r in self._readers}
        found["schedules-dead"] = (self._schedules.dead, "An hourly run was lost; the next one catches up.")
        return found

    def _watch(self) -> None:
        alarms = Alarms(self, self._options)
        dead = self._dead()
        for name, (queue, impact) in dead.items():
            queue_alarms.dead_letters(alarms, name, queue, impact)
        for name, feed in _QUEUES.items():
            queue, impact = self._queues[name].queue, dead[f"{name}-dead"][1]
            queue_alarms.waits_too_long(alarms, name, queue, minutes=feed.late, impact=impact)
        failing = {}
        for function in self._functions:
            hourly = function in self._schedules.functions
            failing[function.name] = plumbing_alarms.function_suffers(alarms, function, hourly=hourly)
        failing["api"].append(plumbing_alarms.requests_fail(alarms))
        self._deploy(failing)
        for reader in self._readers:
            plumbing_alarms.stream_lags(alarms, reader.function, reader.mapping.ref)
        for function in self._schedules.functions:
            plumbing_alarms.stands_still(alarms, function)
        plumbing_alarms.deliveries_fail(alarms, self._options.name("backorders"), self._rules())
        plumbing_alarms.api_fails(alarms, self._api.api)
        table_alarms.table_suffers(alarms, self._house.table)
        spend_alarm.spending_runs_away(alarms, self._house.table, self._api.api)
        for watch in business_alarms.WATCHES:
            watch(alarms)
        levels = business_alarms.service_levels(alarms, self._api.api)
        alarms.health()
        BusinessDashboard(self, self._options, tables=self._widgets.live, alarms=alarms.telling, levels=levels)
        self._show_plumbing(dead)

    def _deploy(self, failing: dict[str, list[cloudwatch.Alarm]]) -> None:
        """What works all the time is shifted bit by bit; of what runs rarely a tenth would tell nothing."""
        deployments = Deployments(self, self._options)
        busy = {"api", *self._queues, *(reader.function.name for reader in self._readers)}
        for function in (one for one in self._functions if one.name in busy):
            deployments.shift(function, failing[function.name])

    def _show_plumbing(self, dead: dict[str, tuple[sqs.Queue, str]]) -> None:
        plumbing = Plumbing(
            api=self._api.api,
            functions={function.name: function.function for function in self._functions},
            readers={reader.function.name: reader for reader in self._readers},
            queues=self._queues,
            dead={name: queue for name, (queue, _) in dead.items()},
            table=self._house.table,
            rules=self._rules(),
        )
        PlumbingDashboard(self, self._options, plumbing)

    def _rules(self) -> dict[str, dict[str, str]]:
        """Of each rule the dimensions of its metrics; those of the default bus have no name of a bus."""
        name = self._options.name
        events = {"EventBusName": name("backorders"), "RuleName": name("webhook-events")}
        return {"WebhookEvents": events, "MailReports": {"RuleName": name("mail-outcomes")}}

    def _accept_exceptions(self) -> None:
        """The findings of cdk-nag that do not hold here, each with its reason."""
        accept(
            "IAM5[Resource::*]",
            "dynamodb:ListStreams, which a stream mapping needs, cannot be narrowed to a resource",
            [reader.function.role for reader in self._readers],
        )
        accept(
            "SQS3",
            "is itself where a service puts what failed; dead letters have no dead-letter queue",
            [*(reader.dead for reader in self._readers), self._schedules.dead],
        )
        accept(
            "APIG4",
            "public by contract: health, the API's own description, pages behind a signed link, 404 for unknown paths",
            self._api.public_routes,
        )
        accept(
            "SMG4",
            "links in mails live for months and must outlive a rotation: it is rotated by hand, two values are valid",
            [self._house.signing_secret],
        )
        if self._identity:
            reason = "the pool has no users, hence no passwords: it issues tokens to programs"
            for rule in ("COG1", "COG2", "COG8"):
                accept(rule, reason, [self._identity])
