#!/usr/bin/env python3
"""Compares `ais ckpt dump NAME --json` (file 2) with the first N (0: all) records of oui.csv (file 1); shares no code with the loader."""
import csv
import json
import sys

expected, seen = {}, {}
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for row in list(csv.reader(file))[1:][:int(sys.argv[3]) or None]:
        seen[row[1]] = seen.get(row[1], 0) + 1
        key = row[1] if seen[row[1]] == 1 else f"{row[1]}.{seen[row[1]]}"
        expected[key] = "\t".join(
            text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n") for text in row[2:4])
with open(sys.argv[2], encoding="utf-8") as file:
    dump = json.load(file)
found = {section["id"]: section.get("data") for section in dump["sections"]}
wrong = [key for key in expected if found.get(key) != expected[key]] + [key for key in found if key not in expected]
print(f"{len(expected)} expected, {len(found)} found, {len(wrong)} differ {wrong[:5]}, replica complete: {dump['complete']}")
sys.exit(0 if not wrong and len(found) == len(expected) and dump["complete"] else 1)
