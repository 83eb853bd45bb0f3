"""Subscribers that ask for a certificate, and relays that trust nobody whom they cannot name (mTLS).

SPDX-License-Identifier: PostgreSQL
"""
import ssl
import subprocess

from subscriber import Subscriber


def make_authority(folder):
    """ca.pem, and relay.pem, server.pem and the stranger's with their keys, all of an authority of the test's own."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority")
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("stranger", "subjectAltName=DNS:stranger.example"), ("relay", "extendedKeyUsage=clientAuth")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}.example", "-addext", extension)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-copy_extensions", "copy", "-out", f"{name}.pem")


def strict_subscriber(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.pem", f"{folder}/server.key")
    context.load_verify_locations(f"{folder}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return Subscriber(tls=context)


def error(suite):
    return suite.sql("select coalesce(last_error, '') from portarium.subscriptions where name = 'strict'")


def check_mtls(suite):
    make_authority(suite.folder)
    strict = strict_subscriber(suite.folder)
    suite.write_events(3)
    total = suite.sealed()
    trusts = {"RELAY_CA": f"{suite.folder}/ca.pem"}
    shows = {"RELAY_CLIENT_CERT": f"{suite.folder}/relay.pem", "RELAY_CLIENT_KEY": f"{suite.folder}/relay.key"}
    for name, settings in (("whose authority it does not know", shows), ("that asks for a certificate", trusts)):
        suite.sql(f"select portarium.subscribe('strict', '{strict.url('/ok/' + str(len(settings)))}', after => 'start')")
        relay = suite.relay(**settings)
        # the server's alert may come after the client has finished its side: then it is an error of receiving
        suite.eventually(f"delivering fails to one {name}", 10, lambda: error(suite) != "", lambda: error(suite))
        suite.equal("the relay stops", suite.stop(relay), 0)
    suite.equal("no request came", (strict.requests, strict.handshakes), ([], []))
    suite.sql(f"select portarium.subscribe('strict', '{strict.url('/ok/strict')}')")
    relay = suite.relay(**trusts, **shows)
    suite.eventually("with a certificate all events arrive", 10, lambda: strict.indexes("/ok/strict")[:total] == list(range(total)), lambda: error(suite))
    suite.check("the relay has shown its own", strict.certificates and all(c["commonName"] == "relay.example" for c in strict.certificates),
                strict.certificates[:2])
    suite.equal("the relay stops", suite.stop(relay), 0)
    suite.sql("select portarium.unsubscribe('strict')")
    strict.stop()
