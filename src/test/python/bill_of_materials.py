"""Checks that a bill of materials (CycloneDX) names every packaged jar with scope runtime.

    bill_of_materials.py quarkus-app target/NAME-dependency-cyclonedx.json
"""

import json
import pathlib
import sys
import urllib.parse

FEWEST = 100


def file_name(component):
    """Returns the file name that Quarkus gives a component: group, artifact, version, and classifier if any."""
    asked = urllib.parse.urlsplit(component["purl"]).query
    classifier = urllib.parse.parse_qs(asked).get("classifier", [""])[0]
    name = f'{component.get("group", "")}.{component["name"]}-{component["version"]}'
    return f"{name}-{classifier}.jar" if classifier else f"{name}.jar"


def is_packaged(component):
    return {"name": "quarkus:component:scope", "value": "runtime"} in component.get("properties", [])


def main():
    application, bill = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    jars = {jar.name for jar in application.glob("lib/*/*.jar")}
    if len(jars) < FEWEST:
        sys.exit(f"only {len(jars)} jars in {application}/lib, expected at least {FEWEST}")
    if not bill.is_file():
        sys.exit(f"the bill of materials {bill} is missing")
    named = {file_name(part) for part in json.loads(bill.read_text())["components"] if is_packaged(part)}
    missing = sorted(jars - named)
    if missing:
        sys.exit(f"the bill of materials does not name {', '.join(missing)}")
    print(f"the bill of materials names all {len(jars)} packaged jars")


main()
