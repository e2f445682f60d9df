"""Qualtrics' response exports: started, waited for, downloaded, unpacked.

Belongs here: the API's form, its errors, which responses are none. Does not: what an answer means
(surveys_answers), which surveys there are (surveys).

Source: api.qualtrics.com, guides "Exporting Responses Overview" and "Error Responses": an export
is made in the background, its file is a zip with one JSON document, times are UTC.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from marketing_domain.connectors.surveys_answers import Delivered
from marketing_domain.connectors.surveys_files import Line
from marketing_domain.connectors.surveys_streams import SOURCE
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    PipelineError,
    QuotaExhausted,
    RequestTooLarge,
    TransientFault,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import httpx

    from marketing_domain.settings import QualtricsSettings
    from shared_policies.platform.requests import RequestPolicy

Answer = TypeVar("Answer")
# Real people's responses: collected online, imported, collected offline. The others are previews,
# tests and what Qualtrics takes for spam.
REAL_STATUSES = frozenset({0, 4, 16})
MOST_UNPACKED_BYTES = 1_000_000_000
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.5, 10.0
# What the reader does about each status.
STATUSES: Mapping[int, tuple[type[PipelineError], str]] = {
    400: (MisconfiguredSetting, "Check qualtrics_id in the survey's declaration."),
    401: (CredentialsRejected, "Make a new API token in Qualtrics and set QUALTRICS_API_TOKEN."),
    403: (PermissionMissing, "Share the survey with the token's user, with its responses."),
    404: (PermissionMissing, "Check qualtrics_id, and QUALTRICS_BASE_URL's data centre."),
    413: (RequestTooLarge, "A shorter time is asked for by itself."),
}
RATE_LIMITED, SERVER_ERROR = 429, 500
API_VERSION = "v3"


@dataclass(kw_only=True)
class QualtricsExports:
    """The responses of surveys. Opens a connection when it first asks."""

    settings: QualtricsSettings
    policy: RequestPolicy
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)

    def responses(
        self, qualtrics_id: str, *, survey_id: str, since: datetime, until: datetime
    ) -> tuple[Delivered, int]:
        """What was recorded from `since` to before `until`, and how many requests it took.

        Raises:
            PipelineError: after the retries that its class allows.
        """
        import httpx  # noqa: PLC0415  0.1 s at import

        path = f"/API/{API_VERSION}/surveys/{qualtrics_id}/export-responses"
        with httpx.Client(base_url=str(self.settings.base_url), follow_redirects=False) as client:
            asked = _Asking(self, client, survey_id)
            wanted = {
                "format": "json",
                "startDate": f"{since:%Y-%m-%dT%H:%M:%SZ}",
                "endDate": f"{until:%Y-%m-%dT%H:%M:%SZ}",
                "timeZone": "UTC",
            }
            started = asked.result("POST", path, wanted)
            file_id = self._made(asked, f"{path}/{_told(started, 'progressId')}")
            responses = asked.answer(
                "GET", f"{path}/{file_id}/file", read=lambda one: _unpacked(one.content)
            )
        return delivered(f"{qualtrics_id}.json", responses), asked.count

    def _made(self, asked: _Asking, path: str) -> str:
        """The id of the file, once it is there."""
        patience_ends = self.clock() + self.settings.export_patience_seconds
        pause = FIRST_LOOK_SECONDS
        while True:
            result = asked.result("GET", path)
            status = _told(result, "status")
            if status == "complete":
                return _told(result, "fileId")
            if status == "failed" or self.clock() > patience_ends:
                raise TransientFault(
                    f"the export {'failed' if status == 'failed' else 'is not made yet'}.",
                    cure="Run again; if it persists, tell Qualtrics the export's id.",
                    source=SOURCE,
                    account_id=asked.survey_id,
                )
            self.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK_SECONDS)


@dataclass
class _Asking:
    """One export's requests, counted."""

    exports: QualtricsExports
    client: httpx.Client
    survey_id: str
    count: int = 0

    def answer(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[httpx.Response], Answer],
        body: object = None,
    ) -> Answer:
        """`read` belongs to the request: what was cut short on its way is asked for again."""
        token = self.exports.settings.api_token
        headers = {"X-API-TOKEN": token.get_secret_value() if token else ""}

        def send(timeout: float) -> Answer:
            answer = self.client.request(method, path, json=body, timeout=timeout, headers=headers)
            answer.raise_for_status()
            return read(answer)

        self.count += 1
        return self.exports.policy.call(
            send, account_id=self.survey_id, days=None, classify=_classify
        )

    def result(self, method: str, path: str, body: object = None) -> Mapping[str, Any]:
        return self.answer(method, path, read=_result, body=body)


def _result(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        return dict(answer.json()["result"])
    except (ValueError, KeyError, TypeError) as error:
        raise _broken("an answer has no result") from error


def _told(result: Mapping[str, Any], name: str) -> str:
    found = result.get(name)
    if not isinstance(found, str) or not found:
        raise _broken(f"the export's {name} is missing")
    return found


def _unpacked(packed: bytes) -> list[dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            [member] = archive.infolist()
            if member.file_size > MOST_UNPACKED_BYTES:
                raise _broken("the export unpacks to more than 1 GB")
            return list(json.loads(archive.read(member))["responses"])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TransientFault(
            "the export's file was cut short. Nothing was landed.",
            cure="Run again.",
            source=SOURCE,
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(f"the export is not of its form ({type(error).__name__})") from None


def delivered(name: str, responses: Iterable[Mapping[str, Any]]) -> Delivered:
    """Line numbers are places in the export."""
    lines, left_out = [], 0
    for number, response in enumerate(responses, start=1):
        values = response.get("values", {})
        if values.get("finished") != 1 or values.get("status") not in REAL_STATUSES:
            left_out += 1
            continue
        cells = {key: _cell(value) for key, value in values.items()}
        lines.append(Line(number, {**cells, "responseId": _cell(response.get("responseId"))}))
    return Delivered(name=name, lines=lines, left_out=left_out)


def _cell(value: object) -> str:
    """One choice of many is a list of one."""
    if isinstance(value, list):
        return _cell(value[0]) if len(value) == 1 else ", ".join(map(str, value))
    return "" if value is None else str(value)


def _broken(what: str) -> AnswerBroken:
    return AnswerBroken(
        f"{what}. Nothing was landed.",
        cure="Compare the answer with Qualtrics' documentation of response exports.",
        source=SOURCE,
    )


def _classify(error: Exception) -> PipelineError | None:
    import httpx  # noqa: PLC0415  see above

    if isinstance(error, httpx.HTTPStatusError):
        return _of_status(error.response)
    if isinstance(error, httpx.TransportError):
        return TransientFault(
            f"Qualtrics could not be reached ({type(error).__name__}).",
            cure="Check the network and QUALTRICS_BASE_URL, then run again.",
            source=SOURCE,
        )
    return None


def _of_status(answer: httpx.Response) -> PipelineError | None:
    said = f"Qualtrics answers {answer.status_code} ({_explained(answer)})."
    if answer.status_code == RATE_LIMITED:
        wait = answer.headers.get("Retry-After", "")
        return QuotaExhausted(
            said,
            cure="Wait a minute, or ask for a higher limit of the brand.",
            source=SOURCE,
            retry_after_seconds=float(wait) if wait.isdigit() else None,
        )
    if answer.status_code >= SERVER_ERROR:
        return TransientFault(said, cure="Run again later.", source=SOURCE)
    if answer.status_code in STATUSES:
        kind, cure = STATUSES[answer.status_code]
        return kind(said, cure=cure, source=SOURCE)
    return None


def _explained(answer: httpx.Response) -> str:
    """Qualtrics' own words, where there are any."""
    try:
        error = answer.json()["meta"]["error"]
        return f"{error['errorCode']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return "no words"
