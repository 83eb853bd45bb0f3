"""The units of docker/systemd are hardened: systemd's own judgement of what each daemon is exposed to is at most 2.0, the executor's, which
makes sandboxes, at most 3.0. Take away what `systemd-analyze security` says the daemon has and does not need.

SPDX-License-Identifier: PostgreSQL
"""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

DAEMONS = ("egress", "executor", "keeper", "notary", "relay", "sidecar")
LIMITS = {"executor": 3.0}
UNIT = "docker/systemd/portarium@.service"


def check(tree):
    if not tree.files(UNIT):
        return []
    findings = []
    with tempfile.TemporaryDirectory() as units:
        shutil.copytree(tree.root / "docker/systemd", units, dirs_exist_ok=True)
        for daemon in DAEMONS:
            exposure = judged(units, f"portarium@{daemon}.service")
            limit = LIMITS.get(daemon, 2.0)
            if exposure > limit:
                findings.append(f"{UNIT}: {daemon} is exposed {exposure}, at most {limit} is allowed")
    return findings


def judged(units, name):
    """The number that systemd gives, with the unit's drop-ins."""
    unit = Path(units) / name
    unit.symlink_to("portarium@.service")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                          env={"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    if not found:
        raise OSError(f"systemd-analyze does not judge {name}: {done.stderr.strip()}")
    return float(found.group(1))


PLANTED = {
    UNIT: "[Service]\nExecStart=/bin/true\nUser=nobody\n",
    "docker/systemd/portarium@relay.service.d/more.conf":
        "[Service]\nCapabilityBoundingSet=\nNoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes\n"
        "PrivateUsers=yes\nPrivateNetwork=yes\nProtectClock=yes\nProtectHostname=yes\nProtectKernelLogs=yes\nProtectKernelModules=yes\n"
        "ProtectKernelTunables=yes\nProtectControlGroups=yes\nProtectProc=invisible\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\n"
        "RestrictNamespaces=yes\nRestrictRealtime=yes\nRestrictSUIDSGID=yes\nRestrictAddressFamilies=AF_UNIX\n"
        "SystemCallArchitectures=native\nSystemCallFilter=@system-service\n"
        "SystemCallFilter=~@privileged @resources\nUMask=0077\nIPAddressDeny=any\n",
}
FOUND = [f"{UNIT}: {daemon} is exposed 9" for daemon in DAEMONS if daemon != "relay"]
