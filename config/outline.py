"""What the API promises, as far as a program rests on it: each operation, what it asks for, takes and gives."""

from drf_spectacular.generators import SchemaGenerator

DEEPEST = 6
METHODS = ("get", "post", "put", "patch", "delete")


def outline():
    """{"GET /api/v1/people/": {"needs": [names], "takes": {name: type}, "gives": {name: type}}} of each operation.

    Names within names are written as paths: "results[].offender.id".
    """
    schema = SchemaGenerator().get_schema(public=True)
    parts = schema.get("components", {}).get("schemas", {})
    return {
        f"{method.upper()} {path}": _operation(operation, parts)
        for path, operations in sorted(schema["paths"].items())
        for method, operation in sorted(operations.items())
        if method in METHODS
    }


def _operation(operation, parts):
    asked = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] != "path"}
    body = _json(operation.get("requestBody", {}))
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    takes = {name: _type(one["schema"], parts) for name, one in asked.items()} | dict(_leaves(body, parts))
    needs = {name for name, one in asked.items() if one.get("required")} | set(
        _resolved(body, parts).get("required", ())
    )
    gives = {name: kind for answer in answers for name, kind in _leaves(_json(answer), parts)}
    return {"needs": sorted(needs), "takes": dict(sorted(takes.items())), "gives": dict(sorted(gives.items()))}


def _json(sent):
    return sent.get("content", {}).get("application/json", {}).get("schema", {})


def _resolved(schema, parts):
    """The schema that it stands for: of a reference what it names, of one choice or of several the first."""
    while True:
        if "$ref" in schema:
            schema = parts[schema["$ref"].rpartition("/")[2]]
        elif inner := schema.get("allOf") or schema.get("oneOf"):
            schema = inner[0]
        else:
            return schema


def _type(schema, parts):
    found = _resolved(schema, parts)
    words = [found.get("type", "any"), found.get("format", "")]
    return ":".join(filter(None, words)) + ("?" if schema.get("nullable") or found.get("nullable") else "")


def _leaves(schema, parts, path="", depth=0):
    """(path, type) of each value in what this describes."""
    found = _resolved(schema, parts)
    if found.get("type") == "array":
        yield from _leaves(found.get("items", {}), parts, f"{path}[]", depth)
    elif found.get("properties") and depth < DEEPEST:
        for name, one in found["properties"].items():
            yield from _leaves(one, parts, f"{path}.{name}" if path else name, depth + 1)
    elif path:
        yield path, _type(schema, parts)


def broken(old, new):
    """What a program that rests on the old outline would miss in the new: sentences. What is only added breaks none."""
    for name, was in old.items():
        now = new.get(name)
        if now is None:
            yield f"{name}: is gone"
            continue
        yield from (f"{name}: now needs {one}" for one in now["needs"] if one not in was["needs"])
        yield from (f"{name}: takes no {one}" for one in was["takes"] if one not in now["takes"])
        for one, kind in was["gives"].items():
            if one not in now["gives"]:
                yield f"{name}: gives no {one}"
            elif now["gives"][one] != kind:
                yield f"{name}: gives {one} as {now['gives'][one]}, not {kind}"
