"""SQS: standard and FIFO queues under a virtual clock."""

from infra.local.engine.sqs.messages import Counts, Message
from infra.local.engine.sqs.queue import Queue
from infra.local.engine.sqs.service import Sqs

__all__ = ["Counts", "Message", "Queue", "Sqs"]
