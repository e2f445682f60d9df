"""What is set once for the company, and where this installation keeps its data.

Belongs here: settings that every domain shares. Does not: credentials of a source (a domain's
settings.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CompanySettings(BaseSettings):
    """The company's own currency and calendar. Environment: COMPANY_*."""

    model_config = SettingsConfigDict(
        env_prefix="COMPANY_", env_file=".env", extra="ignore", frozen=True
    )

    reporting_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217.")
    reporting_time_zone: str = Field(default="Europe/Berlin", description="IANA name.")


class DataSettings(BaseSettings):
    """Where run-time state lives. Environment: MESH_*.

    `data_dir` holds what needs a local disk (warehouses, rate limits, Dagster's home). `data_url`
    puts landing, products and governance on any fsspec file system (`s3://bucket/mesh`); unset,
    they stand in `data_dir` too.
    """

    model_config = SettingsConfigDict(
        env_prefix="MESH_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Path(".data")
    data_url: str | None = None

    def _below(self, folder: str) -> str:
        if self.data_url is not None:
            return f"{self.data_url.rstrip('/')}/{folder}"
        return str(self.data_dir.resolve() / folder)

    @property
    def landing_url(self) -> str:
        return self._below("landing")

    @property
    def products_url(self) -> str:
        return self._below("products")

    @property
    def governance_url(self) -> str:
        """What governance remembers: the ledger of audits, incidents."""
        return self._below("governance")

    @property
    def catalog_url(self) -> str:
        return self._below("catalog")

    @property
    def rate_limits_dir(self) -> Path:
        return self.data_dir.resolve() / "rate_limits"

    def warehouse_path(self, domain: str) -> Path:
        """One DuckDB file a domain; nobody outside the domain opens it."""
        return self.data_dir.resolve() / "warehouse" / f"{domain}.duckdb"


@cache
def company_settings() -> CompanySettings:
    return CompanySettings()


def data_settings() -> DataSettings:
    return DataSettings()


class SandboxSettings(BaseSettings):
    """Where the sandbox listens, keeps its books and drops files. Environment: SANDBOX_*."""

    model_config = SettingsConfigDict(
        env_prefix="SANDBOX_", env_file=".env", extra="ignore", frozen=True
    )

    http_url: str = "http://127.0.0.1:8765"
    grpc_address: str = "127.0.0.1:8766"
    ledger_url: str = "sqlite:///.data/sandbox_ledger.sqlite"
    files_dir: Path = Path(".data/sandbox_files")
