"""What integrators do: they register webhooks, change and drop them, ask for a replay; and what their endpoints answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.local.receivers import Received
from tests.simulation.client import Ask, Reply
from tests.simulation.memory import Json
from tests.simulation.scene import Scene, at
from tests.simulation.stillness import stopwatch

_IDS = ("shop", "crm/ü")
_HOSTS = dict(zip(_IDS, ("shop.example.com", "crm.example.com"), strict=True))
_TYPES = ("backorder.recorded", "promise.revised", "line.allocated", "release.created", "receipt.posted")
_TURNS = ("well", "broken", "silent", "gone", "gone", "moody", "moody")
_SILENCE = 8
"""Seconds after which the service gives up."""


@dataclass(frozen=True)
class Heard:
    """One request at an endpoint. `status` is None where the answer never came."""

    at: datetime
    headers: Mapping[str, str]
    body: bytes
    status: int | None

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Endpoint:
    """Somebody's server in one of its moods, and everything it was sent."""

    mood: str = "well"
    heard: list[Heard] = field(default_factory=list)

    def __call__(self, request: Received) -> int:
        """The status of the answer. Raises TimeoutError for none."""
        status = MOODS[self.mood](len(self.heard))
        self.heard.append(Heard(request.at, request.headers, request.body, status))
        if status is None:
            stopwatch.pass_by(_SILENCE)
            raise TimeoutError
        return status


MOODS: dict[str, Callable[[int], int | None]] = {
    "well": lambda _: 204,
    "broken": lambda _: 500,
    "silent": lambda _: None,
    "gone": lambda _: 410,
    "moody": lambda n: (204, 503, None)[n % 3],
}


@dataclass
class Hook:
    """A webhook as its owner knows it. `settled`: since when nobody has changed it any more. `replays`: names told,
    with the events that were sent again and when that was asked for."""

    webhook_id: str
    endpoint: Endpoint
    settled: datetime
    secrets: set[str] = field(default_factory=set)
    current: bool = False  # the newest secret was told
    unheard: bool = False  # a secret may have been made that nobody was told
    replays: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    taken_before: set[str] = field(default_factory=set)  # events that the endpoint took before this seed

    @property
    def path(self) -> str:
        return at("webhooks", self.webhook_id)


def open_endpoints(scene: Scene) -> None:
    """Before anything is registered there is somebody who could answer."""
    for webhook_id, host in _HOSTS.items():
        hook = scene.memory.hooks[webhook_id] = Hook(webhook_id, Endpoint(), scene.now())
        scene.world.receivers.answers[host] = hook.endpoint


def _hook(scene: Scene) -> Hook:
    """Mostly one that is registered, if there is one."""
    hooks = list(scene.memory.hooks.values())
    registered = [hook for hook in hooks if hook.secrets]
    return scene.chance.choice(registered if registered and scene.often(0.8) else hooks)


def put_webhook(scene: Scene) -> None:
    """Register it, or change what it takes, or its secret; switched off once in a while."""
    hook = _hook(scene)
    body: Json = {"url": f"https://{_HOSTS[hook.webhook_id]}/hooks", "enabled": not scene.often(0.1)}
    if scene.often(0.3):
        body["types"] = scene.chance.sample(_TYPES, 2)
    if scene.often(0.3):
        body["rotate_secret"] = True
    _change(scene, hook, Ask("o", "PUT", hook.path, body))


def delete_webhook(scene: Scene) -> None:
    hook = _hook(scene)
    _change(scene, hook, Ask("o", "DELETE", hook.path))


def _change(scene: Scene, hook: Hook, ask: Ask) -> None:
    def then(reply: Reply) -> None:
        hook.settled = scene.now()
        secret = reply.body["secret"] if reply.outcome == "ok" else None
        hook.secrets |= {secret} - {None}
        hook.current = secret is not None or (hook.current and ask.method == "PUT")
        missed = reply.outcome == "ok" and ask.method == "PUT" and not hook.current
        hook.unheard |= missed or reply.outcome != "ok" or bool(scene.client.nested)

    for _ in range(scene.chance.choice((1, 1, 2))):
        then(scene.client.send(ask))


def endpoint_turns(scene: Scene, moods: Sequence[str] = _TURNS) -> None:
    """An endpoint breaks, hangs, moves away or is mended."""
    _hook(scene).endpoint.mood = scene.chance.choice(moods)


def replay(scene: Scene) -> None:
    """What was given up, or everything, once more."""
    hook = _hook(scene)
    which = scene.chance.choice(("given_up", "all"))
    if scene.often(0.6):  # first it is mended, and switched on again
        which = "given_up"
        hook.endpoint.mood = "well"
        _change(scene, hook, Ask("o", "PUT", hook.path, {"url": f"https://{_HOSTS[hook.webhook_id]}/hooks"}))
    asked_at = scene.now()

    def then(reply: Reply) -> None:
        if reply.outcome == "ok":
            hook.replays[reply.body["replay"]] = reply.body["events"], asked_at

    for _ in range(scene.chance.choice((1, 1, 2))):
        scene.post("o", f"{hook.path}/replay", {"which": which}, then)
    scene.client.get("o", f"{hook.path}/deliveries?limit=3")


def mend(hooks: Mapping[str, Hook]) -> None:
    """No more trouble at the other end."""
    for hook in hooks.values():
        hook.endpoint.mood = "well"
