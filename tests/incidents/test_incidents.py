"""Every alarm rings in its incident, and no other alarm does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.incidents.scene import START, Scene, alarms, rang, short
from tests.incidents.told import INCIDENTS

pytestmark = pytest.mark.slow

_HEARTBEATS = re.compile(r"\w+Missing|Health")


@pytest.mark.parametrize("name", INCIDENTS)
def test_in_an_incident_exactly_its_alarms_ring(name: str) -> None:
    incident, scene = INCIDENTS[name], Scene()
    incident.tell(scene)
    wanted = {short(one.name) for one in alarms() if re.fullmatch(incident.rings, short(one.name))}
    found = set(rang(scene.store, START, START + timedelta(hours=incident.hours)))
    unheard = {one for one in found - wanted if _HEARTBEATS.fullmatch(one)}  # nothing runs in a scene
    assert wanted <= found, f"silent: {sorted(wanted - found)}"
    assert found - unheard <= wanted, f"ring for no reason: {sorted(found - unheard - wanted)}"


def test_every_alarm_has_an_incident() -> None:
    patterns = [re.compile(incident.rings) for incident in INCIDENTS.values()]
    without = [one.name for one in alarms() if not any(p.fullmatch(short(one.name)) for p in patterns)]
    assert without == []


def test_a_fire_that_is_out_stops_ringing_although_the_long_window_still_remembers_it() -> None:
    scene = Scene()
    INCIDENTS["the API answers 5xx"].tell(scene)
    end = START + timedelta(minutes=420)
    of = {"ApiId": scene.one("ApiGatewayV2::Api")}
    for name, value in (("Count", 1.0), ("5xx", 0.0)):
        scene.told("AWS/ApiGateway", name, of, lambda _, value=value: value, timedelta(minutes=1), 60, end)  # type: ignore[misc]
    after = {
        name: times
        for name, times in rang(scene.store, end + timedelta(hours=1), end + timedelta(hours=1)).items()
        if name.startswith("ApiAvailability")
    }
    assert "ApiAvailabilitySlowLong" in after
    assert "ApiAvailabilityBurn" not in after


def test_a_few_bad_requests_of_few_burn_no_budget() -> None:
    """Two of ten requests fail in a night: somebody gets up for more than that."""
    scene = Scene()
    for n in range(10):
        of = {"ApiId": scene.one("ApiGatewayV2::Api")}
        at = START + n * timedelta(minutes=30)
        scene.store.record("AWS/ApiGateway", "Count", of, 1, "Count", at)
        scene.store.record("AWS/ApiGateway", "5xx", of, float(n in (3, 6)), "Count", at)
    assert not {name for name in rang(scene.store, START, START + timedelta(hours=12)) if name.endswith("Burn")}
