"""The fast mode: the real use cases, stores, routes and doors over a table in memory, without Lambda, HTTP and botocore.

What is left out is what costs: serialising, signing, logging, tokens. What is kept is what decides: every key, condition
and transaction is the stores' own, the queues are the local engine's, and the topology is the template's.
"""
