"""Where spans go: a real OpenTelemetry Collector that hands on what it has understood, and a receiver that keeps it; or the receiver alone.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CONFIG = """
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%d"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 256}}
exporters: {otlp_http: {endpoint: "http://127.0.0.1:%d", encoding: json, compression: none, sending_queue: {enabled: false}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http]}
    metrics: {receivers: [otlp], processors: [memory_limiter], exporters: [otlp_http]}
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Requests are kept, not logged."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.server.owner.pause)
        if self.headers["Content-Type"] == "application/json":
            self.server.owner.kept.append(json.loads(body))
        else:
            self.server.owner.encoded.append((self.path, body))
        answer = b"{}"
        self.send_response(200 if self.path in ("/v1/traces", "/v1/metrics") else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Receiver:
    """Keeps what it is sent, after a pause of so many seconds; JSON is read, protocol buffers are left as they are."""

    pause = 0.0

    def __init__(self, port, kept):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.owner, self.kept, self.encoded = self, kept, []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Collector:
    def __init__(self, folder):
        self.port, self.folder, self.kept = free_port(), folder, []
        self.program, self.process, self.receiver = os.environ.get("OTELCOL"), None, None
        self.start()

    def start(self):
        self.receiver = Receiver(free_port() if self.program else self.port, self.kept)
        if self.program:
            self.start_real()

    def start_real(self):
        with open(f"{self.folder}/otelcol.yaml", "w") as file:
            file.write(CONFIG % (self.port, self.receiver.server.server_port))
        log = open(f"{self.folder}/otelcol.log", "a")
        self.process = subprocess.Popen([self.program, "--config", f"{self.folder}/otelcol.yaml"], stdout=log, stderr=log)
        deadline = time.time() + 20
        while time.time() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("the collector did not start")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.receiver.stop()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def settings(self):
        """For whoever is to send here. Our own receiver reads JSON only."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url(), **({} if self.program else {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})}

    def requests(self, what="spans"):
        return [r for r in list(self.kept) if ("resourceSpans" if what == "spans" else "resourceMetrics") in r]

    def spans(self, trace_id=None):
        """Flat: each span with the service it came from and its attributes as a dictionary."""
        found = []
        for request in self.requests():
            for resource in request["resourceSpans"]:
                service = attributes(resource["resource"])["service.name"]
                for scope in resource["scopeSpans"]:
                    found += [dict(span, service=service, attributes=attributes(span)) for span in scope["spans"]]
        return [span for span in found if trace_id in (None, span["traceId"])]

    def metrics(self, service):
        """The last value of each metric that a service sent, by name: its data points."""
        found = {}
        for request in self.requests("metrics"):
            for resource in request["resourceMetrics"]:
                if attributes(resource["resource"])["service.name"] == service:
                    for metric in resource["scopeMetrics"][0]["metrics"]:
                        found[metric["name"]] = next(metric[k] for k in ("sum", "gauge", "histogram") if k in metric)["dataPoints"]
        return found


def attributes(holder):
    return {a["key"]: a["value"].get("stringValue", a["value"].get("intValue")) for a in holder.get("attributes", [])}
