"""The suite of a tenant's own workers: one world, every check in it.

Each module of CHECKS has functions check_*(suite); they call suite.check(name, good, detail). A function that throws is a failure of its own,
and the next one goes on.

SPDX-License-Identifier: PostgreSQL
"""
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True

from world import World  # noqa: E402

import examples  # noqa: E402
import protocol  # noqa: E402

CHECKS = (protocol, examples)


class Suite:
    def __init__(self, world):
        self.world, self.passed, self.failed = world, 0, 0

    def check(self, name, good, detail=""):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"ok       {self.world.flavour} {name}" if good else f"FAILED   {self.world.flavour} {name}: {detail}", flush=True)

    def equal(self, name, found, expected):
        self.check(name, found == expected, f"found {found!r}, expected {expected!r}")

    def run(self, function):
        try:
            function(self)
        except Exception:  # the suite goes on, the failure is counted
            self.check(function.__name__, False, traceback.format_exc())


def main():
    with tempfile.TemporaryDirectory() as folder:
        world = World(sys.argv[1], folder)
        suite = Suite(world)
        try:
            for module in CHECKS:
                for name in [name for name in vars(module) if name.startswith("check_")]:
                    suite.run(getattr(module, name))
            suite.equal("SIGTERM at the end: exit status", world.sidecar.stop(), 0)
        finally:
            world.close()
    print(f"{suite.passed} passed, {suite.failed} failed, 0 skipped")
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
