"""Every error this project raises, by what the reader of the message can do about it.

PipelineError
  RetryLater              the same request may succeed: rate limit, 5xx, half a stream
    QuotaExhausted        the platform asks to wait; carries for how long, where it says so
    TransientFault        the platform or the network faltered
    TotalsDisagree        rows and control totals differ: an answer was cut short or is changing
  RequestTooLarge         the same request cannot succeed, a smaller one may: it is split
  NeedsPerson             no rerun helps
    CredentialsRejected   missing, expired or revoked credentials
    PermissionMissing     who asks is known, and may not read this account or product
    ApiVersionRetired     the platform no longer answers this API version
    MisconfiguredSetting  a setting of ours is wrong
    ProductUnavailable    a data product cannot be read as it was asked for
      UnknownProduct      nobody promises or publishes a product of this name
      NotPublished        the product has not been published in this major version
        Damaged           it was, and the disk has lost a part of it
      Withdrawn           it was readable and is no longer
  BadData                 the platform answered, and the answer cannot be published
    AnswerBroken          the answer does not have the form the platform documents

Belongs here: the classes and how a message is put together. Does not: what a platform's error
codes mean (connectors), what is retried and how often (requests).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared_policies.platform.days import DayRange


class PipelineError(Exception):
    """What went wrong, where, and the cure; never a secret.

    `found` says what was seen and `cure` what the reader does next; both are whole sentences.
    """

    def __init__(
        self,
        found: str,
        *,
        cure: str,
        source: str,
        account_id: str | None = None,
        days: DayRange | None = None,
    ) -> None:
        super().__init__(found)
        self.found = found
        self.cure = cure
        self.source = source
        self.account_id = account_id
        self.days = days

    def __str__(self) -> str:
        where = self.source
        if self.account_id is not None:
            where += f" account {self.account_id}"
        if self.days is not None:
            where += f", {self.days}"
        return f"{where}: {self.found} {self.cure}"

    def complete(
        self, *, account_id: str | None, days: DayRange | None, clean: Callable[[str], str]
    ) -> None:
        """Add where it happened, and take out what `clean` takes out."""
        self.account_id = self.account_id or account_id
        self.days = self.days or days
        self.found = clean(self.found)
        self.args = (self.found,)


class RetryLater(PipelineError):
    """The same request may succeed later."""

    retry_after_seconds: float | None = None


class QuotaExhausted(RetryLater):
    """The platform asks to wait. `retry_after_seconds` where it says for how long."""

    def __init__(
        self,
        found: str,
        *,
        cure: str,
        source: str,
        account_id: str | None = None,
        days: DayRange | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(found, cure=cure, source=source, account_id=account_id, days=days)
        self.retry_after_seconds = retry_after_seconds


class TransientFault(RetryLater):
    """The platform or the network faltered."""


class TotalsDisagree(RetryLater):
    """Rows do not add up to the account's control totals: nothing of the pull was landed."""


class RequestTooLarge(PipelineError):
    """The platform refuses the amount of data; a smaller request may succeed."""


class NeedsPerson(PipelineError):
    """No rerun helps until somebody acts."""


class CredentialsRejected(NeedsPerson):
    """Missing, expired or revoked credentials."""


class PermissionMissing(NeedsPerson):
    """Who asks is known, and may not read this account or product."""


class ApiVersionRetired(NeedsPerson):
    """The platform no longer answers this API version."""


class MisconfiguredSetting(NeedsPerson):
    """A setting of ours is wrong."""


class ProductUnavailable(NeedsPerson):
    """A data product cannot be read as it was asked for."""


class UnknownProduct(ProductUnavailable):
    """Nobody promises or publishes a product of this name."""


class NotPublished(ProductUnavailable):
    """The product has not been published in this major version."""


class Damaged(NotPublished):
    """What was published is cut or gone; whoever can do without it treats it as not published."""


class Withdrawn(ProductUnavailable):
    """The product, or the version of it that was opened, was readable and is no longer."""


class BadData(PipelineError):
    """The platform answered, and the answer cannot be published."""


class AnswerBroken(BadData):
    """The answer does not have the form that the platform documents."""
