"""`python -m tests.releases.simulate`: seeds of the simulation in shops that earlier releases left.

Prints what went wrong, and one line of JSON at the end. Shops whose settings are not the usual ones are left out: the
seeds expect mails, and orders without an operator.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser

from tests.simulation.modes import ports


def main() -> int:
    """Every shop with its own seeds. 1 if something is wrong."""
    parser = ArgumentParser(prog="python -m tests.releases.simulate")
    parser.add_argument("--seeds", type=int, default=2, help="of each shop")
    parser.add_argument("--first-seed", type=int, default=1)
    given = parser.parse_args()
    mode = ports()  # time is virtual from here on: whatever is of the service is imported afterwards
    from tests.releases.mixed import played
    from tests.releases.revived import releases, shops, usual

    runs = violations = accidents = 0
    for release in releases():
        for n, (name, shop) in enumerate(pair for pair in shops(release) if usual(pair[1])):
            for seed in range(given.first_seed + given.seeds * n, given.first_seed + given.seeds * (n + 1)):
                outcome = played(mode.plan(seed), shop)
                runs, accidents = runs + 1, accidents + len(outcome.accidents)
                for rule, where, detail in outcome.violations:
                    violations += 1
                    print(f"release {release}, shop {name}, seed {seed}: {rule}: {where}: {detail}", flush=True)
    print("RELEASES", json.dumps({"runs": runs, "accidents": accidents, "violations": violations}))
    return int(violations > 0)


if __name__ == "__main__":
    sys.exit(main())
