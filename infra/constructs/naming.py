"""One name in three spellings: `allocate_stock` is the folder, `allocate-stock` the queue, `AllocateStock` the id."""

from __future__ import annotations


def kebab(name: str) -> str:
    """`allocate_stock` -> `allocate-stock`."""
    return name.replace("_", "-")


def construct_id(name: str) -> str:
    """`allocate_stock` or `allocate-stock` -> `AllocateStock`."""
    return "".join(word.capitalize() for word in kebab(name).split("-"))


def env_name(queue: str) -> str:
    """`allocate-stock` -> `ALLOCATE_STOCK_QUEUE_URL`."""
    return queue.replace("-", "_").upper() + "_QUEUE_URL"
