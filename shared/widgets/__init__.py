"""The tables on the operator's screen: what CloudWatch's metrics cannot show, as HTML without script.

Ids of orders, SKUs and suppliers are shown; names and addresses of people never are.
"""
