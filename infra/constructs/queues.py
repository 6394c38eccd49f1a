"""Work queues: each with its own dead-letter queue, encrypted, reachable over TLS only."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import BusinessFunction
from infra.constructs.naming import construct_id
from infra.options import Options

_ATTEMPTS = 5
_FAILURES_OF_ONE = 2  # one fails once in six minutes or more; two may be chance
_KEPT = cdk.Duration.days(4)
_DEAD_KEPT = cdk.Duration.days(14)


@dataclass(frozen=True)
class Feed:
    """How a queue feeds its function: the function's timeout, the batch, and how many batches may run at once.

    `fifo` keeps order per message group. Senders name the deduplication id themselves (content cannot tell two equal
    receipts apart), and one group never waits for another. `delay` seconds gather what belongs together.
    A message that lies for more than `late` minutes raises an alarm.
    """

    timeout: int
    batch: int
    at_once: int
    window: int = 0
    fifo: bool = False
    delay: int = 0
    late: int = 30


class WorkQueue(Construct):
    """A queue, its dead-letter queue and, once `feed` was called, the function that works on it by a `mapping`."""

    mapping: lambda_.CfnEventSourceMapping

    def __init__(self, scope: Construct, name: str, options: Options, feed: Feed) -> None:
        super().__init__(scope, construct_id(name) + "Queue")
        self.name = name
        self._feed = feed
        suffix = ".fifo" if feed.fifo else ""
        physical = options.name(name) + suffix
        # By its name, not by reference: the two queues name each other, which CloudFormation could not resolve.
        arn = cdk.Stack.of(self).format_arn(service="sqs", resource=physical)
        source = sqs.Queue.from_queue_arn(self, "Source", arn)
        self.dead = dead_letter_queue(
            self, "Dead", options.name(f"{name}-dead") + suffix, redriven_to=source, fifo=feed.fifo
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=physical,
            fifo=True if feed.fifo else None,
            content_based_deduplication=False if feed.fifo else None,
            deduplication_scope=sqs.DeduplicationScope.MESSAGE_GROUP if feed.fifo else None,
            fifo_throughput_limit=sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID if feed.fifo else None,
            visibility_timeout=cdk.Duration.seconds(6 * feed.timeout + feed.window),
            delivery_delay=cdk.Duration.seconds(feed.delay) if feed.delay else None,
            retention_period=_KEPT,
            receive_message_wait_time=cdk.Duration.seconds(20),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=_ATTEMPTS),
        )

    @property
    def both(self) -> tuple[sqs.Queue, sqs.Queue]:
        """The queue and its dead-letter queue."""
        return self.queue, self.dead

    @property
    def timeout(self) -> int:
        """Seconds the function may take; the queue hides a message six times as long."""
        return self._feed.timeout

    def feed(self, function: BusinessFunction) -> None:
        """Let `function` work on this queue: only the messages it names as failed come back."""
        function.failures_of_one = _FAILURES_OF_ONE
        function.may(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), self.queue.queue_arn)
        self.mapping = lambda_.CfnEventSourceMapping(
            self,
            "Mapping",
            event_source_arn=self.queue.queue_arn,
            function_name=function.live.function_arn,
            batch_size=self._feed.batch,
            maximum_batching_window_in_seconds=self._feed.window or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=self._feed.at_once),
            metrics_config=lambda_.CfnEventSourceMapping.MetricsConfigProperty(metrics=["EventCount"]),
        )


def dead_letter_queue(
    scope: Construct, id_: str, name: str, *, redriven_to: sqs.IQueue | None = None, fifo: bool = False
) -> sqs.Queue:
    """Where work that failed for good waits for an operator, 14 days.

    Only `redriven_to` may use it as its dead-letter queue (nobody, for queues that a service writes to directly).
    """
    permission = sqs.RedrivePermission.BY_QUEUE if redriven_to else sqs.RedrivePermission.DENY_ALL
    return sqs.Queue(
        scope,
        id_,
        queue_name=name,
        fifo=True if fifo else None,
        retention_period=_DEAD_KEPT,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        redrive_allow_policy=sqs.RedriveAllowPolicy(
            redrive_permission=permission, source_queues=[redriven_to] if redriven_to else None
        ),
    )


def may_send(queue: sqs.IQueue) -> iam.PolicyStatement:
    """Permission to send to `queue`, singly or in batches."""
    return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
