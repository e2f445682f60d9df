"""A small whole contract of a made-up domain, to be spoiled one thing at a time.

Belongs here: building documents, contracts and the mesh around them. Does not: expectations.
"""

from __future__ import annotations

import copy
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from shared_policies.governance.admission import Mesh
from shared_policies.governance.contracts.installed import installed_contracts
from shared_policies.governance.contracts.loading import contract_of
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.platform.product_store import ProductStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shared_policies.governance.contracts.model import Contract

TODAY = date(2026, 3, 2)
TEAMS: Mapping[str, list[str]] = {
    "sales": ["ann@example.com"],
    "stock": [],
    "governance_group": ["gil@example.com"],
    "data_protection_officer": [],
}


def column(
    name: str,
    kind: str,
    logical: str,
    unit: str,
    *,
    custom: Mapping[str, object] | None = None,
    **more: object,
) -> dict[str, Any]:
    """A column; `custom` are its customProperties beside the unit."""
    properties = {"unit": unit, **(custom or {})}
    return {
        "name": name,
        "logicalType": logical,
        "physicalType": kind,
        "classification": "internal",
        "description": f"The {name}.",
        "customProperties": [
            {"property": key, "value": value} for key, value in properties.items()
        ],
        **more,
    }


def level(name: str, value: object, target: float | None = 0.95, **more: object) -> dict[str, Any]:
    found = {"property": name, "value": value, "description": f"The {name}.", **more}
    if target is not None:
        found["customProperties"] = [{"property": "sloTarget", "value": target}]
    return found


WHOLE: dict[str, Any] = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "sales.orders",
    "name": "Orders",
    "version": "1.2.3",
    "status": "active",
    "domain": "sales",
    "dataProduct": "orders",
    "description": {"purpose": "Orders.", "usage": "Sum them.", "limitations": "Booked only."},
    "team": {"name": "sales"},
    "support": [{"channel": "sales", "description": "Ask here."}],
    "roles": [{"role": "everyone", "access": "read", "description": "Open."}],
    "slaProperties": [
        level("latency", "PT9H", element="order_day"),
        level("freshness", "PT26H"),
        level("completeness", 0.98),
        level("availability", 0.99),
        level("retention", "P400D", None),
    ],
    "customProperties": [{"property": "upstream", "value": []}],
    "schema": [
        {
            "name": "orders",
            "physicalType": "table",
            "description": "One row per day and shop.",
            "properties": [
                column(
                    "order_day",
                    "date",
                    "date",
                    "day",
                    required=True,
                    primaryKey=True,
                    primaryKeyPosition=1,
                    custom={"timeZone": "reporting"},
                ),
                column(
                    "shop_id",
                    "varchar",
                    "string",
                    "id",
                    required=True,
                    primaryKey=True,
                    primaryKeyPosition=2,
                ),
                column(
                    "state",
                    "varchar",
                    "string",
                    "name",
                    required=True,
                    enum=[{"value": "open"}, {"value": "paid"}],
                ),
                column("currency", "varchar", "string", "ISO 4217", required=True),
                column(
                    "value_micros",
                    "bigint",
                    "integer",
                    "whole micros of currency",
                    required=True,
                    logicalTypeOptions={"minimum": 0, "maximum": 1000},
                    custom={"additive": "over_all_rows", "currencySource": "currency"},
                ),
                column("note", "varchar", "string", "text", custom={"freeText": True}),
                column("sandbox", "boolean", "boolean", "flag", required=True),
            ],
        }
    ],
}
ORDER_DAY, SHOP, STATE, CURRENCY, VALUE, NOTE, SANDBOX = range(7)


def document() -> dict[str, Any]:
    """A fresh copy of the whole contract, to spoil."""
    return copy.deepcopy(WHOLE)


def granting(*roles: str, **clearances: str) -> list[dict[str, Any]]:
    """A contract's roles: `roles` without a clearance, then those with one."""
    return [
        *({"role": role, "access": "read", "description": "Reads it."} for role in roles),
        *(
            {
                "role": role,
                "access": "read",
                "description": "Sees it.",
                "customProperties": [{"property": "clearance", "value": clearance}],
            }
            for role, clearance in clearances.items()
        ),
    ]


def columns(of: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = of["schema"][0]["properties"]
    return found


def contract(**top: object) -> Contract:
    """The whole contract with other top-level entries."""
    return contract_of({**document(), **top})


def stock(**top: object) -> Contract:
    """Another domain's product."""
    ours = {
        "id": "stock.levels",
        "domain": "stock",
        "dataProduct": "levels",
        "team": {"name": "stock"},
        "schema": [{**document()["schema"][0], "name": "levels"}],
    }
    return contract(**{**ours, **top})


def write(root: Path, text: Mapping[str, Any]) -> Path:
    """The contract in its place below `root`; its folder."""
    folder = root / f"{text['domain']}_domain/products/{text['dataProduct']}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "contract.odcs.yaml").write_text(yaml.safe_dump(dict(text), sort_keys=False))
    return folder


def mesh(root: Path) -> Mesh:
    """The mesh whose domains stand in `root`, with its rules as reviewed."""
    return Mesh(
        root=root,
        installed=installed_contracts(root),
        teams=TEAMS,
        pinned=MESH.digest,
        product_store=ProductStore(str(root / "store")),
        today=TODAY,
    )
