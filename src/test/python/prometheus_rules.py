"""Prints the rules of the PrometheusRules in the given file, in the format of Prometheus."""

import sys

import yaml

groups = []
with open(sys.argv[1], encoding="utf-8") as file:
    for manifest in yaml.safe_load_all(file):
        if manifest["kind"] == "PrometheusRule":
            groups += manifest["spec"]["groups"]
if not groups:
    sys.exit("no rules in " + sys.argv[1])
yaml.safe_dump({"groups": groups}, sys.stdout, sort_keys=False)
