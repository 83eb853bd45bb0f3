# SPDX-License-Identifier: PostgreSQL
"""jobs.py PROJECT: the jobs of the charts, run as containers against the stack: migrate on a database that is ready already and on an empty
server, export and verify as the CronJob chains them.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from report import check, close, docker

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"default_version = '([0-9.]+)", (ROOT / "extension/portarium.control").read_text()).group(1)
SETUP = f"portarium-setup:{VERSION}"
POSTGRES_UID = 10000
VERIFY_UID = 10005


def write(folder: str, files: dict[str, str], uid: int) -> None:
    """Secrets as a pod sees them: the user's own, private files."""
    for name, text in files.items():
        path = Path(folder) / name
        path.write_text(text + "\n")
        path.chmod(0o400)
        os.chown(path, uid, uid)
    os.chown(folder, uid, uid)


def job(uid: int, socket: str, secrets: str, *rest: str) -> subprocess.CompletedProcess:
    options = ["--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp:mode=1777", "--cap-drop", "ALL", "--user", f"{uid}:{uid}",
               "-e", "PGHOST=/run/postgresql", "-e", "PGDATABASE=portarium", "-v", f"{socket}:/run/postgresql:ro", "-v", f"{secrets}:/secrets:ro"]
    return subprocess.run(["docker", "run", *options, *rest], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def sql(server: str, database: str, text: str) -> str:
    return docker("exec", "-u", str(POSTGRES_UID), server, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", text).strip()


def secret_of(volume: str, name: str) -> str:
    return docker("run", "--rm", "--network", "none", "--user", "0", "-v", f"{volume}:/s:ro", "--entrypoint", "cat", SETUP, f"/s/{name}").strip()


def migrate_empty(project: str) -> None:
    """On a server of its own: everything is made; a second time nothing changes."""
    name = f"{project}-empty"
    docker("run", "-d", "--name", name, "--network", "none", "-v", f"{name}-socket:/run/postgresql", f"portarium-postgres:{VERSION}", "-c", "listen_addresses=")
    try:
        subprocess.run(["timeout", "60", "sh", "-c", f"until docker inspect -f '{{{{.State.Health.Status}}}}' {name} | grep -qx healthy; do sleep 0.2; done"], check=True)
        sql(name, "postgres", "create database portarium")
        vkey = docker("run", "--rm", "--network", "none", "-v", f"{project}_notary-public:/n:ro", "--entrypoint", "cat", SETUP, "/n/notary/notary.pem.vkey")
        with tempfile.TemporaryDirectory() as secrets:
            write(secrets, {"username": "postgres", "password": "unused", "portarium_sidecar.password": "told", "context.key": "k1 " + "0f" * 32,
                            "notary.pem.vkey": vkey.strip()}, POSTGRES_UID)
            for turn in ("an empty database", "the same again"):
                done = job(POSTGRES_UID, f"{name}-socket", secrets, "--entrypoint", "/usr/lib/portarium/migrate", SETUP)
                check(f"migrate: {turn}", done.returncode == 0, done.stdout)
        found = sql(name, "portarium", "select rolcanlogin, (select count(*) from portarium_data.tenant) from pg_roles where rolname = 'portarium_sidecar'")
        check("migrate: the login and the tables are there", found == "t|0", found)
    finally:
        docker("rm", "-f", "-v", name)
        docker("volume", "rm", f"{name}-socket")


def export_and_verify(project: str) -> None:
    socket = f"{project}_socket"
    with tempfile.TemporaryDirectory() as secrets, tempfile.TemporaryDirectory() as bundle:
        vkey = docker("run", "--rm", "--network", "none", "-v", f"{project}_notary-public:/n:ro", "--entrypoint", "cat", SETUP, "/n/notary/notary.pem.vkey")
        write(secrets, {"username": "portarium_demo", "password": secret_of(f"{project}_secrets-demo", "portarium_demo.password"),
                        "notary.pem.vkey": vkey.strip()}, VERIFY_UID)
        os.chown(bundle, VERIFY_UID, VERIFY_UID)
        done = job(VERIFY_UID, socket, secrets, "-v", f"{bundle}:/bundle", "--entrypoint", "/usr/lib/portarium/export", SETUP, "/bundle/evidence.jsonl")
        check("export writes the bundle", done.returncode == 0 and (Path(bundle) / "evidence.jsonl").stat().st_size > 0, done.stdout)
        arguments = ("-v", f"{bundle}:/bundle:ro", f"portarium-verify:{VERSION}", "--key", "/secrets/notary.pem.vkey", "/bundle/evidence.jsonl")
        done = job(VERIFY_UID, socket, secrets, *arguments)
        check("verify finds it good", done.returncode == 0 and "good" in done.stdout, done.stdout)
        path = Path(bundle) / "evidence.jsonl"
        path.write_text(path.read_text().replace('"actor":"demo"', '"actor":"demon"', 1))
        done = job(VERIFY_UID, socket, secrets, *arguments)
        check("verify ends with a failure when a line was changed", done.returncode != 0, done.stdout)


export_and_verify(sys.argv[1])
migrate_empty(sys.argv[1])
close()
