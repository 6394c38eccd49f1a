"""Routes: what would happen if."""

from __future__ import annotations

from functools import partial

from shared.aws.reality import TableReality
from shared.contracts.simulations import SimulationBody, SimulationView, changes_of, simulation_view
from shared.kernel import clock
from shared.rehearsal.simulate import simulate
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_anew


@operation(
    "POST",
    "/v1/simulations",
    scopes=O,
    summary="What a change would mean for everybody who waits: place, units and promise of each line, nothing written",
    body=SimulationBody,
    answers={200: SimulationView},
)
def run(call: Call) -> Answer:
    """Both states of a line are those after everything has settled, without the change and with it. No answer is kept:
    a repeat under its key is worked out anew. Purchase orders are as they are: what the next plan would order is not
    foreseen. Changed head starts rank everybody who waits as if the order had been recorded under them; in earnest
    they count for orders recorded afterwards."""
    return answer_anew(call, partial(_simulated, call))


def _simulated(call: Call) -> Answer:
    body: SimulationBody = call.body
    changes = changes_of(body)
    settings, now = call.container.settings(), clock.now()
    done = simulate(changes, body.skus, reality=TableReality(call.container.table), settings=settings, now=now)
    telemetry.log("simulated", count=len(changes), lines=len(done.lines) + done.left_out)
    return Answer(simulation_view(done))
