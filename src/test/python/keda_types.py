"""Prints a TypeScript program that checks the KEDA manifests of the given files against KEDA's types."""

import json
import sys

import yaml

print('import type { IScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";')
print('import type { ITriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication";')
count = 0
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        for manifest in yaml.safe_load_all(file):
            if manifest["apiVersion"].startswith("keda.sh/"):
                count += 1
                print(f"export const manifest{count}: I{manifest['kind']} = {json.dumps(manifest, indent=2)};")
if count == 0:
    sys.exit("no manifest of KEDA in " + ", ".join(sys.argv[1:]))
