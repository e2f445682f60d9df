"""YAML that people write, read without surprises.

Belongs here: the dialect. Does not: what a file has to say (who reads it).
"""

from __future__ import annotations

from typing import Any

import yaml


class WrittenTwice(yaml.YAMLError):
    """A key stands twice in one mapping, where YAML would silently keep the last."""


class _Dialect(yaml.CSafeLoader):
    """Days stay text, and a key that stands twice is an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as PyYAML declares it
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            line = node.start_mark.line + 1
            raise WrittenTwice(f"line {line}: {', '.join(twice)} stands twice. Keep one.")
        return dict(super().construct_mapping(node, deep=deep))


def read_yaml(text: str) -> Any:  # noqa: ANN401  whatever the document is
    """The document that `text` is.

    Raises:
        yaml.YAMLError: it is none, or a key stands twice.
    """
    return yaml.load(text, Loader=_Dialect)  # noqa: S506  a safe loader
