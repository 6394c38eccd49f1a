"""The local runner: boots the service from the synthesized template, in one process, on a virtual clock.

Nothing here is deployed, and nothing that is deployed imports it.
"""
