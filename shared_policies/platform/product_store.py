"""Published data products: versions that appear whole, and the input port that reads them.

Belongs here: the folder layout, the swap, reading. Does not: whether a candidate may be
published (governance/audit), how it is computed (dbt).
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from shared_policies.platform.days import now
from shared_policies.platform.errors import Damaged, NotPublished
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.parquet_files import is_whole
from shared_policies.platform.pull_log import compact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd
    import pyarrow as pa

POINTER, MANIFEST = "current.json", "manifest.json"
KEPT_VERSIONS = 5
SAFE_FOR_READERS = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """One version of a product: complete, immutable, and described by its manifest.

    `files` are absolute paths or URLs of plain Parquet files. `details` is what the publishing
    domain says of it (contract version, days covered, sandbox or not).
    """

    product: str
    major_version: int
    version_id: str
    published_at: datetime
    row_count: int
    columns: Mapping[str, str]
    files: tuple[str, ...]
    details: Mapping[str, Any]

    def to_arrow(self) -> pa.Table:
        import pyarrow.parquet as pq  # noqa: PLC0415  0.2 s that a location's load need not pay

        return pq.read_table(list(self.files))

    def to_pandas(self) -> pd.DataFrame:
        """Decimals stay `decimal.Decimal`, days stay dates."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame


@dataclass(frozen=True, slots=True)
class ProductStore:
    """Every domain's published products below one folder or URL.

    `<domain>/<product>/v<major>/versions/<id>/` holds `data/*.parquet` and `manifest.json`;
    `<domain>/<product>/v<major>/current.json` names the version that readers get. It is replaced
    in one step, after the version is complete: whatever happens in between, readers get a
    complete version.
    """

    root_url: str
    now: Callable[[], datetime] = field(default=now)

    @property
    def files(self) -> FileStore:
        return FileStore(self.root_url)

    def publish(
        self,
        product: str,
        *,
        major_version: int,
        table: bytes,
        details: Mapping[str, Any],
        beside: Mapping[str, bytes] | None = None,
        before_swap: Callable[[PublishedVersion], object] = lambda _: None,
    ) -> PublishedVersion:
        """Make the Parquet file `table` the current version of `product` (`domain/name`).

        `beside` are files of the version's folder that are no part of the product. `before_swap`
        is called when the version is complete and no reader sees it yet; if it raises, none will.
        """
        import pyarrow as pa  # noqa: PLC0415  0.2 s that a location's load need not pay
        import pyarrow.parquet as pq  # noqa: PLC0415  likewise

        parquet = pq.ParquetFile(pa.BufferReader(table))
        published_at = self.now()
        version_id = f"{compact(published_at)}-{uuid4().hex[:6]}"
        folder = f"{product}/v{major_version}/versions/{version_id}"
        path = f"{folder}/data/part-0.parquet"
        version = PublishedVersion(
            product=product,
            major_version=major_version,
            version_id=version_id,
            published_at=published_at,
            row_count=parquet.metadata.num_rows,
            columns={column.name: str(column.type) for column in parquet.schema_arrow},
            files=(path,),
            details=details,
        )
        self.files.write(path, table)
        for name, content in (beside or {}).items():
            self.files.write(f"{folder}/{name}", content)
        manifest = json.dumps(asdict(version), default=str, indent=2).encode()
        self.files.write(f"{folder}/{MANIFEST}", manifest)
        before_swap(version)
        self.files.write(f"{product}/v{major_version}/{POINTER}", manifest)
        self._forget_old_versions(product, major_version)
        return self.current(product, major_version=major_version)

    def current(self, product: str, *, major_version: int) -> PublishedVersion:
        """The version that readers get now; it stays readable for an hour after the next.

        Raises:
            NotPublished: the product has never been published in this major version.
            Damaged: what names the version was cut.
        """
        path = f"{product}/v{major_version}/{POINTER}"
        try:
            return self._described(path)
        except FileNotFoundError as error:
            raise NotPublished(
                f"{product} version {major_version} has not been published to {self.root_url}.",
                cure=_materialise(product),
                source=product,
            ) from error
        except ValueError as error:
            raise Damaged(
                f"{self.files.url(path)}, which names the version to read, is cut or altered.",
                cure=_materialise(product),
                source=product,
            ) from error

    def kept(self, product: str, *, major_version: int) -> Iterator[PublishedVersion]:
        """Every version that is whole, the newest first: also one that no reader has got yet."""
        folder = f"{product}/v{major_version}/versions"
        for version_id in reversed(self.files.names(folder)):
            try:
                version = self._described(f"{folder}/{version_id}/{MANIFEST}")
            except (FileNotFoundError, ValueError):
                continue
            if self.is_whole(version):
                yield version

    def is_whole(self, version: PublishedVersion) -> bool:
        """Whether all of its data is there."""
        root = self.files.url("")
        return all(is_whole(self.files, path.removeprefix(root)) for path in version.files)

    def refuse_damaged(self, version: PublishedVersion) -> None:
        """Raises Damaged: some of its data is cut or gone."""
        if self.is_whole(version):
            return
        raise Damaged(
            f"data of version {version.version_id}, the current one, is cut or gone.",
            cure=_materialise(version.product),
            source=version.product,
        )

    def published(self) -> dict[str, list[int]]:
        """Every product that was ever published (`domain/name`), with its major versions."""
        found: dict[str, list[int]] = {}
        for domain in self.files.names(""):
            for name in self.files.names(domain):
                product = f"{domain}/{name}"
                series = [one for one in self.files.names(product) if re.fullmatch(r"v\d+", one)]
                pointed = [one for one in series if self.files.exists(f"{product}/{one}/{POINTER}")]
                if pointed:
                    found[product] = sorted(int(one[1:]) for one in pointed)
        return found

    def _described(self, path: str) -> PublishedVersion:
        """Raises FileNotFoundError, or ValueError for what is no manifest."""
        found = json.loads(self.files.read(path))
        try:
            return PublishedVersion(
                **{
                    **found,
                    "published_at": datetime.fromisoformat(found["published_at"]),
                    "files": tuple(self.files.url(path) for path in found["files"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is no manifest") from error

    def _forget_old_versions(self, product: str, major_version: int) -> None:
        folder = f"{product}/v{major_version}/versions"
        safe = compact(self.now() - SAFE_FOR_READERS)
        for version_id in self.files.names(folder)[:-KEPT_VERSIONS]:
            if version_id < safe:
                self.files.delete_folder(f"{folder}/{version_id}")


def _materialise(product: str) -> str:
    domain, name = product.split("/")
    return f"Materialise the asset {name} of the {domain} domain, then run this again."
