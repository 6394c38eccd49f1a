"""SQS: standard and FIFO queues under a virtual clock."""

from infra.local.engine.sqs.queue import Counts, Message, Queue
from infra.local.engine.sqs.service import Sqs

__all__ = ["Counts", "Message", "Queue", "Sqs"]
