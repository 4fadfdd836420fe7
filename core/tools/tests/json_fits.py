#!/usr/bin/env python3
"""Whether what `ais COMMAND --json` printed is what docs/schema says: json_fits.py SCHEMA COMMAND [FILE], each line of FILE where the command
prints an object a line. Knows the words that the schema uses, and no other. Stricter than a reader has to be: a member that the schema does
not name is wrong, so that none comes without being told."""
import json
import re
import sys

KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
KNOWN = {"type", "const", "enum", "pattern", "minimum", "required", "properties", "items", "anyOf", "oneOf", "allOf"}


def is_kind(value, kind):
    return isinstance(value, KINDS[kind]) and not (kind == "integer" and isinstance(value, bool))


def faults(schema, value, where):
    unknown = set(schema) - KNOWN
    if unknown:
        yield f"{where}: the schema says {unknown}, which this program does not know"
    if "type" in schema and not is_kind(value, schema["type"]):
        yield f"{where}: {value!r} is no {schema['type']}"
        return
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema.get('enum', schema.get('const'))}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where}: {value} is less than {schema['minimum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not look like {schema['pattern']}"
    for word, enough in (("anyOf", lambda n: n >= 1), ("oneOf", lambda n: n == 1), ("allOf", lambda n: n == len(schema["allOf"]))):
        if word in schema and not enough(sum(not list(faults(one, value, where)) for one in schema[word])):
            yield f"{where}: {word} does not hold"
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: no {name}"
        if "properties" in schema:
            for name, member in value.items():
                if name in schema["properties"]:
                    yield from faults(schema["properties"][name], member, f"{where}.{name}")
                else:
                    yield f"{where}.{name}: the schema does not name it"
    if isinstance(value, list) and "items" in schema:
        for index, entry in enumerate(value):
            yield from faults(schema["items"], entry, f"{where}[{index}]")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)["$defs"][sys.argv[2]]
    with (open(sys.argv[3], encoding="utf-8") if len(sys.argv) > 3 else sys.stdin) as file:
        text = file.read()
    values = [json.loads(line) for line in text.splitlines()] if sys.argv[2].endswith("watch") else [json.loads(text)]
    found = [fault for value in values for fault in faults(schema, value, sys.argv[2])]
    print("\n".join(found[:20]), end="\n" if found else "")
    return 1 if found or not values else 0


sys.exit(main())
