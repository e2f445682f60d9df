"""A first query for every product, written from its contract: paste, run, change.

Belongs here: text of samples. Does not: running them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.model import BREAKDOWN
from shared_policies.platform.input_port import EVERYONE
from shared_policies.platform.warehouse import quoted

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Column, Contract

MEASURES = 3
ROWS = 20


def python_sample(contract: Contract) -> str:
    """The table as pandas; read as the first role that may, where not everyone may."""
    roles = [one.role for one in contract.roles]
    role = "" if EVERYONE in roles else f', role="{roles[0]}"'
    return (
        "from shared_policies import products\n\n"
        f'port = products.read("{contract.port}", version={contract.major_version}{role})\n'
        "table = port.to_pandas()\n"
    )


def duckdb_sample(contract: Contract, root_url: str) -> str:
    """The version that is current when it is run: its files change with every publication."""
    root = quoted(root_url.rstrip("/"))
    pointer = f"{root}/{contract.port}/v{contract.major_version}/current.json"
    lines = (
        "set variable files = (",
        f"    select list_transform(files, lambda file: '{root}/' || file)",
        f"    from read_json('{pointer}', columns = {{files: 'varchar[]'}})",
        ");",
        _select(contract),
    )
    return "\n".join(lines)


def _select(contract: Contract) -> str:
    """Sums by day where there is a day in the key and something to sum; else a few rows."""
    summed = [column for column in contract.columns if column.is_summed]
    day = next((one.name for one in contract.columns if _is_day_of_key(one)), None)
    source = "from read_parquet(getvariable('files'))\n"
    if day is None or not summed:
        shown = [*contract.key, *(one.name for one in contract.columns if one.key_position is None)]
        return f"select {', '.join(shown[:6])}\n{source}limit {ROWS};\n"
    parted = any(column.additive == "over_one_breakdown" for column in summed)
    group = f"{day}, {BREAKDOWN}" if parted else day
    sums = ",\n".join(f"    sum({one.name}) as {one.name}" for one in summed[:MEASURES])
    return (
        f"select\n    {group},\n{sums}\n{source}group by {group}\norder by {day} desc\n"
        f"limit {ROWS};\n"
    )


def _is_day_of_key(column: Column) -> bool:
    return column.key_position is not None and column.data_type.lower() == "date"
