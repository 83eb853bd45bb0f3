"""Where spans go: a real OpenTelemetry Collector that writes what it took into a file, or a receiver that keeps it.

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
exporters: {file: {path: "%s", flush_interval: 200ms}, file/metrics: {path: "%s", flush_interval: 200ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [file]}, metrics: {receivers: [otlp], exporters: [file/metrics]}}
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Requests are kept, not logged."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.owner.kept.append(json.loads(body))
        answer = b"{}"
        self.send_response(200 if self.path in ("/v1/traces", "/v1/metrics") else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Collector:
    def __init__(self, folder):
        self.port, self.folder, self.kept = free_port(), folder, []
        self.program, self.process, self.server = os.environ.get("OTELCOL"), None, None
        self.start()

    def start(self):
        if self.program:
            self.start_real()
            return
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.owner = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start_real(self):
        with open(f"{self.folder}/otelcol.yaml", "w") as file:
            file.write(CONFIG % (self.port, f"{self.folder}/spans.json", f"{self.folder}/metrics.json"))
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
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def requests(self, what="spans"):
        path = f"{self.folder}/{what}.json"
        if not self.program:
            return [r for r in self.kept if ("resourceSpans" if what == "spans" else "resourceMetrics") in r]
        if not os.path.exists(path):
            return []
        with open(path) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

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
