"""A published version as one role sees it: whether it may read, and what is masked for it.

Belongs here: opening a port, masking. Does not: which roles and masks there are (the contract,
written into every manifest when it is published), the layout of the store.

A mask needs no key, or every reader would have to hold the one that hashes people. So what is a
hash already is hashed once more: rows still group and join among those who see the mask, and lead
to no row of those who see the value. Everything else becomes NULL.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from shared_policies.platform.errors import PermissionMissing, Withdrawn
from shared_policies.platform.warehouse import relation_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from shared_policies.platform.product_store import ProductStore, PublishedVersion

Mask = Literal["hash", "null"]
EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPort:
    """`version` for `role`: the same columns for everyone, those in `masks` without their values.

    The files of a version stay for an hour after the next one is published: read, then compute.
    """

    version: PublishedVersion
    role: str
    masks: Mapping[str, Mask]

    @classmethod
    def open(
        cls, product_store: ProductStore, product: str, *, major_version: int, role: str
    ) -> InputPort:
        """The version of `product` (`domain/name`) that is current now.

        Raises:
            NotPublished: there is none in this major version.
            Damaged: there was, and a part of it is cut or gone.
            PermissionMissing: its contract does not let `role` read it.
        """
        version = product_store.current(product, major_version=major_version)
        masks = _masks(version, role)
        product_store.refuse_damaged(version)
        return cls(version=version, role=role, masks=masks)

    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows. The schema's metadata says product, version, role and what is masked how.

        Raises:
            Withdrawn: the version's files are gone.
        """
        import pyarrow.parquet as pq  # noqa: PLC0415  0.2 s that a location's load need not pay

        wanted = None if columns is None else list(columns)
        try:
            table = pq.read_table(list(self.version.files), columns=wanted)
        except FileNotFoundError as error:
            raise self._gone() from error
        return self._masked(table).replace_schema_metadata(self._facts())

    def to_pandas(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Decimals stay `decimal.Decimal`, days stay dates; `attrs` holds the schema's metadata.

        Raises:
            Withdrawn: the version's files are gone.
        """
        frame: pd.DataFrame = self.to_arrow(columns).to_pandas()
        frame.attrs.update(self._facts())
        return frame

    def to_duckdb(
        self, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """A relation that reads only what a query over it needs.

        Without a connection it belongs to DuckDB's default one, so that `duckdb.sql` finds it by
        its Python name.

        Raises:
            Withdrawn: the version's files are gone.
        """
        try:
            return relation_of(self.version.files, self.masks, connection)
        except FileNotFoundError as error:
            raise self._gone() from error

    def _masked(self, table: pa.Table) -> pa.Table:
        for name in [name for name in table.column_names if name in self.masks]:
            position = table.schema.get_field_index(name)
            column = table.column(position)
            masked = _hashed(column) if self.masks[name] == "hash" else _nulls(column)
            field = table.schema.field(position).with_nullable(nullable=True)
            table = table.set_column(position, field, masked)
        return table

    def _facts(self) -> dict[str, str]:
        return {
            "product": self.version.product,
            "version": self.version.version_id,
            "published_at": self.version.published_at.isoformat(),
            "role": self.role,
            "masked": json.dumps(dict(self.masks), sort_keys=True),
        }

    def _gone(self) -> Withdrawn:
        version = self.version
        return Withdrawn(
            f"version {version.version_id}, published at {version.published_at:%Y-%m-%d %H:%M %Z}, "
            "is no longer kept: newer ones have followed, or a person was erased from it.",
            cure="Read the product again to get the version that is current now.",
            source=version.product,
        )


def _masks(version: PublishedVersion, role: str) -> Mapping[str, Mask]:
    """What is masked by all grants that the role has: its own, and everyone's.

    A version whose manifest does not say who may read it is read by nobody.
    """
    access: Mapping[str, Any] = version.details.get("access", {"masks": {}, "team": "unknown"})
    granted: Mapping[str, Mapping[str, Mask]] = access["masks"]
    grants = [granted[name] for name in (role, EVERYONE) if name in granted]
    if not grants:
        readers = ", ".join(sorted(granted)) or "nobody, as it was published without saying whom"
        raise PermissionMissing(
            f"the role {role} may not read it; its contract lets {readers}.",
            cure=f"Ask team {access['team']} for a role in its contract, or read as a role that "
            "is yours.",
            source=version.product,
        )
    widest = min(grants, key=len)
    return {name: mask for name, mask in widest.items() if all(name in one for one in grants)}


def _hashed(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  0.2 s that a location's load need not pay

    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    hashes = [hashlib.sha256(value.encode()).hexdigest() for value in values]
    return pa.array(hashes, pa.string()).take(encoded.indices)


def _nulls(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  0.2 s that a location's load need not pay

    return pa.nulls(len(column), column.type)
