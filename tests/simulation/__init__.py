"""The fault simulation: the whole service in one process, a shop that uses it, and everything that AWS may do to it.

One seed is one world is one trace. The handlers, Powertools and botocore (its retries included) are the real ones; the
world boots from the synthesized template. Below botocore an engine of our own answers, and goes wrong in the ways that
`catalogue` lists. What a client was told, the books and the mailbox must agree in the end.
"""
