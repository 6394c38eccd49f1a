"""Readers of the table's stream. Two are the most that DynamoDB serves well, and there are two."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import BusinessFunction
from infra.constructs.naming import construct_id
from infra.constructs.queues import dead_letter_queue
from infra.options import Options

_ATTEMPTS = 10
_MAXIMUM_AGE = cdk.Duration.hours(6)  # the stream itself forgets after 24 hours


class StreamReader(Construct):
    """Feeds every change of the table to a function.

    A batch that fails is retried, halved down to the record that fails, and at last reported to `<name>-dead`, which
    names shard and sequence numbers (the stream keeps the records themselves for 24 hours). One batch per shard at a
    time: more would keep order within a partition key only, and the changes of one order lie under several.
    """

    def __init__(self, scope: Construct, function: BusinessFunction, table: dynamodb.Table, options: Options) -> None:
        super().__init__(scope, construct_id(function.name) + "Stream")
        self.function = function
        # In a few minutes; the halves before it stands alone are seven, too few to fail twice as often.
        function.failures_of_one = _ATTEMPTS
        stream = table.table_stream_arn
        if stream is None:
            raise ValueError("the table has no stream")
        self.dead: sqs.Queue = dead_letter_queue(self, "Dead", options.name(f"{function.name}-dead"))
        function.may(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"), stream)
        function.may(("dynamodb:ListStreams",), "*")  # IAM knows no narrower resource for this action
        function.may(("sqs:SendMessage",), self.dead.queue_arn)
        mapping = lambda_.CfnEventSourceMapping
        self.mapping = mapping(
            self,
            "Mapping",
            event_source_arn=stream,
            function_name=function.live.function_arn,
            starting_position="TRIM_HORIZON",
            batch_size=100,
            parallelization_factor=1,
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            maximum_retry_attempts=_ATTEMPTS,
            maximum_record_age_in_seconds=int(_MAXIMUM_AGE.to_seconds()),
            destination_config=mapping.DestinationConfigProperty(
                on_failure=mapping.OnFailureProperty(destination=self.dead.queue_arn)
            ),
            metrics_config=mapping.MetricsConfigProperty(metrics=["EventCount"]),
        )
