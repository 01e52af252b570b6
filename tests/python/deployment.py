"""A real cluster, or real Sentinels, as a process of tests/support."""

import json
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "support" / "deployment-process.js"


class Deployment:
    """`cluster`: three primaries and their replicas; `sentinel`: a primary, its replica and three Sentinels."""

    def __init__(self, kind: str) -> None:
        self._process = subprocess.Popen(
            ["node", str(PROGRAM), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        about = json.loads(self._process.stdout.readline())
        self.url: str = about["url"]
        self.addresses = [(host, int(port)) for host, port in (each.split(":") for each in about["addresses"])]

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait()
