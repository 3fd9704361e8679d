#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# schema_check.py: holds files against the JSON Schemas of a directory, by python3-jsonschema. Schemas allow members that
# they do not name, as readers have to; this does not, but for the target's own at the top of a line, so that nothing is
# written that no schema knows.
#
#   schema_check.py DIRECTORY SCHEMA FILE...     prints how many lines are right; exit 1: what is wrong with the first
#   schema_check.py DIRECTORY                    are the schemas valid?
#   schema_check.py --has DIRECTORY SCHEMA       the names of its members
#   schema_check.py --deep DIRECTORY SCHEMA      and of theirs
import copy
import json
import os
import sys

import jsonschema


def load(directory):
    schemas = {}
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), encoding="utf-8") as f:
            schemas[name] = json.load(f)
        jsonschema.Draft202012Validator.check_schema(schemas[name])
        assert schemas[name]["$id"] == name, name
    return schemas


def closed(schema):
    """What is not named is not allowed, at any depth."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("properties", "$defs"):
                for v in value.values():
                    closed(v)
            elif key not in ("if", "then", "enum", "const", "required"):
                closed(value)
        if "properties" in schema and "additionalProperties" not in schema and "if" not in schema:
            schema["additionalProperties"] = False
    elif isinstance(schema, list):
        for v in schema:
            closed(v)
    return schema


def validator(schemas, name):
    strict = {n: closed(copy.deepcopy(s)) for n, s in schemas.items()}
    if "dip" in strict[name].get("required", []):  # a line of a target
        strict[name]["additionalProperties"] = True
    try:
        from referencing import Registry, Resource
    except ImportError:  # before jsonschema 4.18, as in Debian 12
        resolver = jsonschema.RefResolver(name, strict[name], store=strict)
        return jsonschema.Draft202012Validator(strict[name], resolver=resolver)
    registry = Registry().with_resources((n, Resource.from_contents(s)) for n, s in strict.items())
    return jsonschema.Draft202012Validator(strict[name], registry=registry)


def names(schema):
    """Of all members, at any depth of this schema alone."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names(value)


def main(argv):
    if argv[0] == "--deep":
        print("\n".join(names(load(argv[1])[argv[2] + ".schema.json"])))
        return 0
    if argv[0] == "--has":
        print("\n".join(load(argv[1])[argv[2] + ".schema.json"]["properties"]))
        return 0
    schemas = load(argv[0])
    if len(argv) == 1:
        return 0
    check, n = validator(schemas, argv[1] + ".schema.json"), 0
    for path in argv[2:]:
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                for error in check.iter_errors(json.loads(line)):
                    print(f"{path}:{number}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
                    return 1
                n += 1
    print(n)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
