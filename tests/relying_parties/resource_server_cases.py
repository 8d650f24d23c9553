"""Asks docs/examples/resource_server.py what the standard input says, and prints the statuses."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "docs" / "examples"))
import resource_server  # noqa: E402

issuer, audience, organization = sys.argv[1:]
clock = [0]
guard = resource_server.Guard(issuer, audience, organization, now=lambda: clock[0])
answers = []
for case in json.load(sys.stdin):
    clock[0] = case["now"]
    try:
        guard.read_patient(case["authorization"], case["patient"])
        answers.append(200)
    except resource_server.Refused as refused:
        answers.append(refused.status)
print(json.dumps(answers))
