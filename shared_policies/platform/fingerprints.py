"""A digest of what a table says, independent of how Arrow happens to hold it.

Belongs here: equal values give equal digests. Does not: order of rows (the caller sorts).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from hashlib import blake2b


def fingerprint(table: pa.Table) -> str:
    """128 bits over column names, types, nulls and values, in the order of the rows."""
    digest = hashlib.blake2b(digest_size=16)
    for name in table.column_names:
        column = table[name].combine_chunks()
        digest.update(f"{name}:{column.type}\n".encode())
        _update(digest, column)
    return digest.hexdigest()


def _update(digest: blake2b, values: pa.Array) -> None:
    """Arrow leaves what stands under a null undefined, so nulls and values are read apart."""
    digest.update(pc.is_null(values).cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_list(values.type):
        lengths = pc.fill_null(pc.list_value_length(values), 0)
        digest.update(lengths.to_numpy(zero_copy_only=False).tobytes())
        _update(digest, pc.list_flatten(values))
    elif pa.types.is_struct(values.type):
        for index in range(values.type.num_fields):
            _update(digest, pc.struct_field(values, [index]))
    else:
        text = pc.fill_null(values.cast(pa.string()), "")
        digest.update(pc.binary_length(text).to_numpy(zero_copy_only=False).tobytes())
        digest.update("".join(text.to_pylist()).encode())
