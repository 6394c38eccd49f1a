"""The only place that speaks to AWS: keys, table, stores, queues, mail."""
