"""What stands in a domain's rooms: a source or a product is wired by being there.

Belongs here: finding modules by what they are called. Does not: anything that a module holds.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import dagster as dg

    from shared_policies.orchestration.landing_assets import Source


def sources_in(landing: ModuleType) -> tuple[Source, ...]:
    """The SOURCE of every module in the room `landing`, by its name."""
    modules = (one.name for one in pkgutil.iter_modules(landing.__path__))
    return tuple(_named(f"{landing.__name__}.{module}:SOURCE") for module in sorted(modules))


def products_in(products: ModuleType) -> list[dg.AssetsDefinition]:
    """Every product of the room `products`, and the candidates that no dbt model computes.

    A product's folder holds product.py, and candidates.py where Python computes it; each has a
    function `asset`.
    """
    return [_named(f"{module}:asset")() for module in _modules_of_products(products)]


def _modules_of_products(products: ModuleType) -> Iterator[str]:
    for one in pkgutil.walk_packages(products.__path__, prefix=f"{products.__name__}."):
        if one.name.endswith((".product", ".candidates")):
            yield one.name


def _named(name: str) -> Any:  # noqa: ANN401  whatever the module holds
    return pkgutil.resolve_name(name)
