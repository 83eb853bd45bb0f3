#!/usr/bin/env python3
"""What a program in the sandbox must not reach: servers on the loopback, sockets, and a process of the same user.

    outside.py DIRECTORY     makes "secret" and "socket" there, prints "PORT PROCESS ABSTRACT", and serves until stdin ends

SPDX-License-Identifier: PostgreSQL
"""
import os
import socket
import subprocess
import sys


def tcp(family, address, port):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind((address, port))
    server.listen(64)
    return server


def unix(address):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(address)
    server.listen(64)
    return server


def main():
    directory = sys.argv[1]
    abstract = f"portarium-escape-{os.getpid()}"
    with open(os.open(f"{directory}/secret", os.O_WRONLY | os.O_CREAT, 0o600), "w") as secret:
        secret.write("secret")
    servers = [tcp(socket.AF_INET, "127.0.0.1", 0)]
    port = servers[0].getsockname()[1]
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", port))
    if os.path.exists("/proc/net/if_inet6"):
        servers.append(tcp(socket.AF_INET6, "::1", port))
    servers += [unix(f"{directory}/socket"), unix("\0" + abstract)]
    sleeper = subprocess.Popen(["sleep", "600"])
    print(port, sleeper.pid, abstract, flush=True)
    sys.stdin.read()
    sleeper.kill()
    sleeper.wait()


main()
