"""Drains a topic into Cassandra: a peer of the benchmarks, with the libraries of Debian.

Arguments: bootstrap servers, topic, group, contact point (host:port), keyspace.
Prints "stored <readings> <requests>" after each change, and exits when standard input is closed.
"""

import json
import os
import sys
import threading
from datetime import datetime

from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import DCAwareRoundRobinPolicy
from confluent_kafka import Consumer, KafkaException

MESSAGES_AT_ONCE = 500
INSERTS_AT_ONCE = 100


def end_with_parent():
    while sys.stdin.buffer.read(64):
        pass
    os._exit(97)


def main():
    bootstrap, topic, group, contact_point, keyspace = sys.argv[1:]
    threading.Thread(target=end_with_parent, daemon=True).start()
    host, port = contact_point.rsplit(":", 1)
    profile = ExecutionProfile(load_balancing_policy=DCAwareRoundRobinPolicy("datacenter1"))
    session = Cluster([host], port=int(port), execution_profiles={EXEC_PROFILE_DEFAULT: profile}).connect(keyspace)
    insert = session.prepare("INSERT INTO readings (sensor_id, ts, value) VALUES (?, ?, ?)")
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    stored = 0
    while True:
        rows = []
        for message in consumer.consume(MESSAGES_AT_ONCE, timeout=0.1):
            if message.error():
                print(message.error(), file=sys.stderr)
                continue
            reading = json.loads(message.value())
            timestamp = datetime.strptime(reading["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")
            rows.append((reading["sensorId"], timestamp, reading["value"]))
        if not rows:
            continue
        execute_concurrent_with_args(session, insert, rows, concurrency=INSERTS_AT_ONCE)
        stored += len(rows)
        print("stored", stored, stored, flush=True)
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as e:
            # Removed from the group meanwhile: the rows stay, and the records are read again.
            print(e, file=sys.stderr)


main()
