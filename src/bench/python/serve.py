"""Serves ranges of readings over HTTP: a peer of the benchmarks, with the libraries of Debian.

Arguments: contact point (host:port), keyspace. Prints "port <number>" once it listens, and exits when standard
input is closed.
"""

import logging
import os
import sys
import threading
from datetime import datetime, timezone

from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import DCAwareRoundRobinPolicy
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

app = Flask(__name__)
logging.getLogger("werkzeug").setLevel(logging.ERROR)
contact_point, keyspace = sys.argv[1:]
host, port = contact_point.rsplit(":", 1)
profile = ExecutionProfile(
    load_balancing_policy=DCAwareRoundRobinPolicy("datacenter1"), request_timeout=60
)
session = Cluster([host], port=int(port), execution_profiles={EXEC_PROFILE_DEFAULT: profile}).connect(keyspace)
select = session.prepare("SELECT ts, value FROM readings WHERE sensor_id = ? AND ts >= ? AND ts < ? ORDER BY ts ASC")


def end_with_parent():
    while sys.stdin.buffer.read(64):
        pass
    os._exit(97)


def instant(name):
    return datetime.fromtimestamp(int(request.args[name]) / 1000, tz=timezone.utc)


@app.get("/sensors/<sensor_id>/readings")
def readings(sensor_id):
    rows = session.execute(select, (sensor_id, instant("from"), instant("to")))
    return jsonify([{"timestamp": row.ts.isoformat(timespec="milliseconds") + "Z", "value": row.value} for row in rows])


threading.Thread(target=end_with_parent, daemon=True).start()
server = make_server("127.0.0.1", 0, app, threaded=True)
print("port", server.port, flush=True)
server.serve_forever()
