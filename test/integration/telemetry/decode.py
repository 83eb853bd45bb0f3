"""Reads OTLP requests with OpenTelemetry's own classes: lines of "PATH BASE64" in, a line of JSON each out.

A request that those classes would write otherwise, or that has a field they do not know, ends it with status 1.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import sys

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CLASSES = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}

for line in sys.stdin:
    path, text = line.split()
    body = base64.b64decode(text)
    request = CLASSES[path].FromString(body)
    request.DiscardUnknownFields()
    if request.SerializeToString() != body:
        sys.exit(f"{path} is not as its classes write it")
    print(MessageToJson(request, indent=None))
