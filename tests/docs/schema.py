"""Checks recipes against docs/recipe.schema.json: `schema.py SCHEMA good RECIPE...` or `schema.py SCHEMA bad RECIPE...`.

Exit status 77: jsonschema or PyYAML is not installed."""
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(77)
import json


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors and Gradus read it: 1e-3 is a number, `no` is a text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, letters in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(letters))
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))

schema_path, wanted, *recipes = sys.argv[1:]
with open(schema_path, encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for path in recipes:
    with open(path, encoding="utf-8") as file:
        recipe = yaml.load(file, Loader)
    errors = sorted(validator.iter_errors(recipe), key=lambda e: list(map(str, e.absolute_path)))
    good = bool(errors) == (wanted == "bad")
    print(("ok " if good else "not ok ") + path + " against the schema")
    if not good:
        for error in errors[:3]:
            place = ".".join(map(str, error.absolute_path))
            print(f"# {place}: {error.message[:200]}")
