"""How Meta refuses: a JSON error with a code, a subcode and a trace id.

Belongs here: wording and status per code. Does not: when to refuse.
Source: developers.facebook.com/docs/marketing-api/error-reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response


@dataclass
class Refusal(Exception):
    message: str
    code: int
    subcode: int | None = None
    status: int = 400
    kind: str = "OAuthException"

    def response(self, headers: dict[str, str]) -> Response:
        error = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return JSONResponse(
            {"error": {**error, "fbtrace_id": "ASandboxTrace"}},
            status_code=self.status,
            headers=headers,
        )


def unknown_field(name: str) -> Refusal:
    return Refusal(
        f"(#100) {name} is not valid for fields param. please check "
        "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ "
        "for all valid values",
        100,
    )


def missing_object(name: str) -> Refusal:
    return Refusal(
        f"Unsupported get request. Object with ID '{name}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation",
        100,
        33,
        kind="GraphMethodException",
    )


REFUSALS = {
    "quota": Refusal(
        "(#80000) There have been too many calls from this ad-account.", 80000, 2446079
    ),
    "transient": Refusal("An unexpected error has occurred. Please retry later.", 2, status=500),
    "too_much_data": Refusal(
        "Please reduce the amount of data you're asking for, then retry your request", 1, status=500
    ),
    "revoked_token": Refusal(
        "Error validating access token: The session was invalidated.", 190, 460
    ),
    "stale_token": Refusal("Error validating access token: Session has expired.", 190, 463),
    "permission_lost": Refusal(
        "(#200) Ad account owner has NOT grant ads_management or ads_read permission",
        200,
        status=403,
    ),
    "version_retired": Refusal(
        "(#2635) You are calling a deprecated version of the Ads API. Please update to the latest "
        "version: v26.0.",
        2635,
    ),
}
