"""Surveys over the wire and out of the folder, to what is landed of them."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from marketing_domain.connectors import surveys
from marketing_domain.connectors.surveys_answers import Reading
from marketing_domain.connectors.surveys_declared import Survey
from marketing_domain.connectors.surveys_qualtrics import QualtricsExports, delivered
from marketing_domain.connectors.surveys_streams import STREAMS
from marketing_domain.settings import QualtricsSettings
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    PipelineError,
    QuotaExhausted,
    TransientFault,
)
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.requests import RequestPolicy, RequestSettings
from tests.conftest import NOW
from tests.sandbox.surveys.respondents import answered_between
from tests.sandbox.world.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.platform.streams import Account
    from tests.sandbox.process import RunningSandbox
    from tests.sandbox.surveys.respondents import Asked

OCTOBER = DayRange(start=date(2026, 10, 1), end=date(2026, 11, 1))
QUALTRICS_ID = "SV_5kOQnHmbT1yQxzE"


def connected() -> surveys.SurveysConnector:
    connector = surveys.connect()
    connector.now = lambda: NOW
    return connector


def survey(connector: surveys.SurveysConnector, name: str) -> Account:
    return next(one for one in connector.accounts().readable if one.account_id == name)


def rows(name: str, stream: str, days: DayRange = OCTOBER) -> list[dict[str, Any]]:
    connector = connected()
    pull = connector.pull(STREAMS[stream], survey(connector, name), days)
    return list(pull.rows.to_pylist())


def wall_clock(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("name", "asked"), [("brand_tracker", "panel"), ("post_purchase", "after_purchase")]
)
def test_files_and_exports_give_everybody_s_answer_once(
    sandbox: RunningSandbox, name: str, asked: Asked
):
    found = [one for one in rows(name, "answer") if one["question"] == "recommend"]
    [truth] = [
        one
        for one in sandbox.truth("surveys/months", start=OCTOBER.start, end=OCTOBER.end)
        if one["survey_id"] == name
    ]
    assert len(found) == truth["respondents"]
    scores = [one["score"] for one in found]
    nps = 100 * (sum(one > 8 for one in scores) - sum(one < 7 for one in scores)) / len(scores)
    assert nps == pytest.approx(truth["nps"])
    people = answered_between(
        World.of_size("small", seed=7),
        asked,
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )
    # A spreadsheet knows no zones: in the hour that comes twice it may mean either.
    assert {wall_clock(one["submitted_at"]) for one in found} <= {
        wall_clock(one.at) for one in people
    }


def test_labels_of_both_languages_are_steps(sandbox: RunningSandbox):
    found = [one for one in rows("brand_tracker", "answer") if one["question"] == "trust"]
    assert {one["response_language"] for one in found} == {"de", "en"}
    assert {one["code"] for one in found} <= {"1", "2", "3", "4", "5"}


def test_what_brought_a_buyer_is_a_channel_and_no_score(sandbox: RunningSandbox):
    found = [one for one in rows("post_purchase", "answer") if one["question"] == "heard"]
    assert {"google_ads", "facebook_ads"} <= {one["channel"] for one in found}
    assert {one["score"] for one in found} == {None}


def test_a_spoiled_file_s_lines_are_refused_by_number_and_the_rest_is_taken(
    sandbox: RunningSandbox,
):
    refused = rows("brand_tracker", "refused_line")
    assert [(one["delivered_in"], one["line_number"]) for one in refused] == [
        ("late answers.csv", number) for number in (3, 5, 6)
    ]
    [late] = [
        one
        for one in rows("brand_tracker", "delivery")
        if one["delivered_in"] == "late answers.csv"
    ]
    assert (late["responses"], late["accepted"], late["refused"]) == (6, 3, 3)


def test_tests_of_the_makers_are_left_out_and_counted(sandbox: RunningSandbox):
    [export] = rows("post_purchase", "delivery")
    assert export["left_out"] == 1
    assert export["accepted"] == export["responses"] - 1


def everything_readable(folder: Path) -> str:
    """All bytes below a folder, and all values that Parquet packs."""
    found = [path.read_bytes().decode(errors="replace") for path in folder.rglob("*.*")]
    found += [str(pq.read_table(path).to_pylist()) for path in folder.rglob("*.parquet")]
    return "\n".join(found)


def test_nobody_is_readable_in_anything_that_is_written(sandbox: RunningSandbox, tmp_path: Path):
    connector = connected()
    store = LandingStore(str(tmp_path / "landing"))
    for account in connector.accounts().readable:
        for stream in STREAMS.values():
            store.land(connector.pull(stream, account, OCTOBER))
    written = everything_readable(tmp_path)
    people = [
        *answered_between(
            World.of_size("small", seed=7), "panel", datetime(2026, 10, 2, tzinfo=UTC), NOW
        ),
        *answered_between(
            World.of_size("small", seed=7), "after_purchase", datetime(2026, 10, 2, tzinfo=UTC), NOW
        ),
    ]
    assert "2026-10-15" in written or "datetime.date(2026, 10, 15)" in written
    assert len(people) > 100
    for one in people:
        for secret in (one.email, one.key, one.says or one.email, one.email.split("@")[0]):
            assert secret not in written


def dropped_here(sandbox: RunningSandbox, folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """The sandbox's files in a folder of the test's own, as a company would set it."""
    shutil.copytree(sandbox.files_dir, folder, dirs_exist_ok=True)
    patch.setenv("SURVEYS_FOLDER_URL", str(folder / "surveys"))
    return folder / "surveys" / "brand_tracker"


def test_a_mended_file_replaces_its_own_and_what_was_known_before_stays(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = dropped_here(sandbox, tmp_path / "drops", monkeypatch)
    store = LandingStore(str(tmp_path / "landing"))
    streams = [STREAMS["answer"], STREAMS["refused_line"]]
    connector = connected()
    account = survey(connector, "brand_tracker")
    before = [store.land(connector.pull(one, account, OCTOBER)) for one in streams]
    late = folder / "late answers.csv"
    mended = late.read_text().replace("end of October", "2026-10-01 08:00").replace(";11;", ";10;")
    late.write_text(mended)
    connector.now = lambda: NOW.replace(hour=8)
    after = [store.land(connector.pull(one, account, OCTOBER)) for one in streams]
    restated = [one for one in after[0] if one.outcome == "restated"]
    assert [one.account_day for one in restated] == [OCTOBER.start]
    # Two people's three answers; their line that lacks fields is still refused.
    assert sum(one.row_count for one in after[0]) - sum(one.row_count for one in before[0]) == 6
    assert [one.row_count for one in (*before[1], *after[1])] == [3, 1]
    files = list((tmp_path / "landing" / "surveys" / "answer").glob("pulled_on=*/*.parquet"))
    assert len(files) == 2


def test_two_files_with_the_same_response_count_it_once(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = dropped_here(sandbox, tmp_path, monkeypatch)
    before = len(rows("brand_tracker", "answer"))
    shutil.copy(folder / "wave 2026-10.xlsx", folder / "wave 2026-10 copy.xlsx")
    assert len(rows("brand_tracker", "answer")) == before
    refused = rows("brand_tracker", "refused_line")
    assert {"already taken" in one["reason"] for one in refused if "copy" not in one} == {
        True,
        False,
    }


def test_with_a_folder_of_one_s_own_nothing_comes_from_the_sandbox(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    dropped_here(sandbox, tmp_path, monkeypatch)
    connector = connected()
    listing = connector.accounts()
    assert not connector.sandbox
    assert [one.account_id for one in listing.readable] == ["brand_tracker"]
    assert "QUALTRICS_API_TOKEN" in str(listing.unreadable["post_purchase"])


def test_a_folder_that_is_not_there_is_no_survey_without_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SURVEYS_FOLDER_URL", str(tmp_path / "nowhere"))
    with pytest.raises(MisconfiguredSetting, match="nowhere/brand_tracker"):
        rows("brand_tracker", "answer")


@pytest.mark.parametrize(
    ("kind", "operation", "times"),
    [
        ("rate_limited", "start", 2),
        ("transient", "progress", 1),
        ("transient", "file", 2),
        ("truncated", "file", 1),
    ],
)
def test_passing_trouble_costs_only_time(
    sandbox: RunningSandbox, kind: str, operation: str, times: int
):
    whole = rows("post_purchase", "answer")
    sandbox.set_faults({"source": "surveys", "kind": kind, "operation": operation, "times": times})
    assert rows("post_purchase", "answer") == whole
    assert sandbox.faults()[0]["fired"] == times


@pytest.mark.parametrize(
    ("kind", "operation", "error"),
    [
        ("unauthorised", "start", CredentialsRejected),
        ("forbidden", "file", PermissionMissing),
        ("failed_export", "progress", TransientFault),
    ],
)
def test_trouble_that_stays_is_told_by_who_can_mend_it(
    sandbox: RunningSandbox, kind: str, operation: str, error: type[PipelineError]
):
    sandbox.set_faults({"source": "surveys", "kind": kind, "operation": operation, "times": None})
    with pytest.raises(error) as told:
        rows("post_purchase", "answer")
    assert "post_purchase" in str(told.value)
    assert "sandbox-qualtrics-token" not in str(told.value)


def exports(url: str, tmp_path: Path, *, token: str) -> QualtricsExports:
    settings = QualtricsSettings(api_token=SecretStr(token), base_url=url)
    policy = RequestPolicy(
        source="surveys",
        settings=RequestSettings(
            timeout_seconds=5.0,
            max_attempts=2,
            first_wait_seconds=0.0,
            longest_wait_seconds=0.0,
            requests_per_second=100,
        ),
        secrets=(SecretStr(token),),
        rate_limits_dir=tmp_path,
        sleep=lambda _: None,
    )
    return QualtricsExports(settings=settings, policy=policy, sleep=lambda _: None)


def ask(client: QualtricsExports, qualtrics_id: str = QUALTRICS_ID) -> None:
    client.responses(
        qualtrics_id,
        survey_id="post_purchase",
        since=datetime(2026, 10, 1, tzinfo=UTC),
        until=datetime(2026, 10, 2, tzinfo=UTC),
    )


def test_a_wrong_token_and_an_unknown_survey_are_two_things(
    sandbox: RunningSandbox, tmp_path: Path
):
    with pytest.raises(CredentialsRejected, match="AUTH_1"):
        ask(exports(sandbox.http_url, tmp_path, token="stolen-token"))
    with pytest.raises(PermissionMissing, match="SQ_1"):
        ask(exports(sandbox.http_url, tmp_path, token="sandbox-qualtrics-token"), "SV_other")


def test_an_export_that_is_never_made_is_not_waited_for_for_ever(
    sandbox: RunningSandbox, tmp_path: Path
):
    client = exports(sandbox.http_url, tmp_path, token="sandbox-qualtrics-token")
    hours = iter(range(0, 100_000, 3_600))
    client.clock = lambda: float(next(hours))
    with pytest.raises(TransientFault, match="not made yet"):
        ask(client)


def test_a_limit_that_lasts_is_told_as_one(sandbox: RunningSandbox, tmp_path: Path):
    sandbox.set_faults({"source": "surveys", "kind": "rate_limited", "times": None})
    with pytest.raises(QuotaExhausted, match="RTL_1"):
        ask(exports(sandbox.http_url, tmp_path, token="sandbox-qualtrics-token"))


def test_an_address_that_is_not_qualtrics_is_told(sandbox: RunningSandbox, tmp_path: Path):
    with pytest.raises((AnswerBroken, PermissionMissing, MisconfiguredSetting)):
        ask(exports(f"{sandbox.http_url}/truth", tmp_path, token="sandbox-qualtrics-token"))


def test_recorded_responses_are_read_and_unfinished_ones_left_out(cases: Path):
    folder = cases / "surveys" / "fivetran_qualtrics"
    with (folder / "question_response.csv").open() as file:
        answered = list(csv.DictReader(file))
    with (folder / "survey_response.csv").open() as file:
        recorded = list(csv.DictReader(file))
    finished = [
        {
            "responseId": one["response_id"],
            "values": {
                "finished": 1,
                "status": 0,
                "recordedDate": recorded[0]["recorded_date"],
                "userLanguage": recorded[0]["user_language"],
                one["question_id"]: json.loads(one["value"] or "null"),
                f"{one['question_id']}_TEXT": one["text"],
            },
        }
        for one in answered
    ]
    unfinished = [
        {
            "responseId": one["id"],
            "values": {"finished": int(one["finished"]), "status": int(one["status"])},
        }
        for one in recorded
    ]
    asked = Survey.model_validate(
        {
            "title": "Recorded",
            "from": "qualtrics",
            "qualtrics_id": recorded[0]["survey_id"],
            "time_zone": "UTC",
            "since": "2020-01-01",
            "columns": {"response": "responseId", "submitted_at": "recordedDate"},
            "questions": {
                "drink": {
                    "column": "QID2",
                    "kind": "scale",
                    "text": "Drink",
                    "low": 1,
                    "high": 3,
                    "best": 3,
                }
            },
        }
    )
    reading = Reading("recorded", asked, NOW)
    reading.add(delivered("export", [*finished, *unfinished]))
    [outcome] = reading.outcomes
    of_drink = [int(one["value"]) for one in answered if one["question_id"] == "QID2"]
    assert [one["score"] for one in reading.answers] == of_drink == [2, 2, 1, 3]
    assert (outcome.accepted, outcome.left_out) == (len(answered), len(recorded))
    assert {str(one["account_day"]) for one in reading.answers} == {"2022-12-14"}
