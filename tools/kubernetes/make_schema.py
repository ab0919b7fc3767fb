"""Writes ``schema.json`` beside this file: the fields of the kinds that ``gridsvc.yaml`` has, as JSON Schema.

Kubernetes publishes no such schema as a package; its official Python client knows the same fields. In an environment
of its own: ``pip install kubernetes==37.0.2 && python tools/kubernetes/make_schema.py``.
"""

import json
from pathlib import Path
from typing import Any

from kubernetes import client
from pydantic.json_schema import models_json_schema

KINDS = {"Job": "V1Job", "Deployment": "V1Deployment", "Service": "V1Service"}
KINDS |= {"PodDisruptionBudget": "V1PodDisruptionBudget"}
TOLD = ("title", "description", "default")


def strict(schema: Any) -> Any:
    """The same without prose, and no object has a field that is not named."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    # Of "a value or null", the value.
    if [part for part in schema.get("anyOf", ()) if part == {"type": "null"}]:
        rest = [part for part in schema["anyOf"] if part != {"type": "null"}]
        return strict(rest[0] if len(rest) == 1 else {"anyOf": rest})
    kept = {key: strict(value) for key, value in schema.items() if key not in TOLD or not isinstance(value, str)}
    if "properties" in kept and kept.get("type") == "object":
        fields = {name: strict(value) for name, value in schema["properties"].items()}
        kept |= {"properties": fields, "additionalProperties": False}
    return kept


def main() -> None:
    """Write it, one type a line."""
    models = [(getattr(client, name), "validation") for name in KINDS.values()]
    _, found = models_json_schema(models, by_alias=True, ref_template="#/definitions/{model}")
    made = {name: strict(schema) for name, schema in found["$defs"].items()}
    cases = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/definitions/{name}"}}
        for kind, name in KINDS.items()
    ]
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": cases,
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(made[name])}" for name in sorted(made)]
    whole = json.dumps(head)[:-1] + ', "definitions": {\n' + ",\n".join(lines) + "\n}}\n"
    Path(__file__).with_name("schema.json").write_text(whole)


if __name__ == "__main__":
    main()
