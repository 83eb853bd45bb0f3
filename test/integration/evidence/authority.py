#!/usr/bin/env python3
"""A local time-stamping authority (RFC 3161): `openssl ts` behind HTTP.

    authority.py DIRECTORY      makes ca.pem and the signer's key there, listens, writes the URL to DIRECTORY/url

A file DIRECTORY/answer, where there is one, is answered instead of a stamp.

SPDX-License-Identifier: PostgreSQL
"""
import http.server
import pathlib
import subprocess
import sys

home = pathlib.Path(sys.argv[1])
CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[signer]
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
[tsa]
default_tsa = this
[this]
serial = {home}/serial
signer_cert = {home}/signer.pem
signer_key = {home}/signer.key
certs = {home}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options).stdout


def certificates():
    for name in ("ca", "signer"):
        home.joinpath(name + ".cnf").write_text(CONFIG.format(home=home, name=name))
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", home / (name + ".key"))
    openssl("req", "-new", "-x509", "-days", 2, "-key", home / "ca.key", "-config", home / "ca.cnf", "-extensions", "ca",
            "-out", home / "ca.pem")
    openssl("req", "-new", "-key", home / "signer.key", "-config", home / "signer.cnf", "-out", home / "signer.csr")
    openssl("x509", "-req", "-days", 1, "-in", home / "signer.csr", "-CA", home / "ca.pem", "-CAkey", home / "ca.key",
            "-CAcreateserial", "-extfile", home / "signer.cnf", "-extensions", "signer", "-out", home / "signer.pem")
    home.joinpath("serial").write_text("01\n")


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        home.joinpath("query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        given = home / "answer"
        answer = given.read_bytes() if given.exists() else openssl(
            "ts", "-reply", "-config", home / "signer.cnf", "-section", "this", "-queryfile", home / "query")
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        """Silent."""


certificates()
server = http.server.HTTPServer(("127.0.0.1", 0), Authority)
home.joinpath("url.draft").write_text(f"http://127.0.0.1:{server.server_port}/")
home.joinpath("url.draft").rename(home / "url")
server.serve_forever()
