"""The stage's quality feedback: of each selling point one at every place where something may be done (QF-1)."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from portal.drafts import commands as drafts
from portal.kernel.db import session
from portal.quality import commands
from portal.quality.models import FeedbackPhoto
from portal.quality.rules import (
    Answer,
    FeedbackDraft,
    FeedbackGrade,
    FeedbackPhotoKind,
    FeedbackSubject,
)
from portal.quality.steps import DRAFT
from tests.people import TODAY
from tests.security.stage import DEALERS, MARKS, Stage

ABOUT = {"subject": "unit", "model": "", "batch": ""}
PROBLEM = {
    "grade": "ordinary",
    "found_on": "2026-05-20",
    "phenomenon": "x",
    "units": "1",
    "use_unit": "days",
    "go": "check",
}


def fill(stage: Stage) -> None:
    """Submitted with a photo, in work, waiting for release, answered, closing; and a draft."""
    for dealer, (maker, _, decider, _, _) in DEALERS.items():
        said = Answer(cause=MARKS[dealer], corrective=MARKS[dealer])
        with stage.acting(dealer) as actor:
            upload = stage.upload(actor)
        number = _file(stage, dealer, photos=[(FeedbackPhotoKind.FAULT, upload)])
        with stage.acting(dealer):
            photo = session().scalars(sa.select(FeedbackPhoto.id)).one()
        stage.put("feedback", dealer, number=number)
        stage.put("feedback_photo", dealer, number=number, photo_id=photo)
        for kind, grade in (
            ("taken_feedback", FeedbackGrade.ORDINARY),
            ("written_feedback", FeedbackGrade.MAJOR),
            ("answered_feedback", FeedbackGrade.ORDINARY),
            ("closing_feedback", FeedbackGrade.ORDINARY),
        ):
            number = _file(stage, dealer, grade=grade)
            stage.put(kind, dealer, number=number)
            with stage.world.acting(decider, maker) as actor:
                commands.take_on(actor, number)
            if kind == "taken_feedback":
                continue
            with stage.world.acting(decider, maker) as actor:
                commands.answer(replace(actor, person_id=stage.world.people["fay"]), number, said)
            if kind == "closing_feedback":
                with stage.acting(dealer) as actor:
                    commands.agree(actor, number)
        data = {**ABOUT, **PROBLEM, "serial": f"{dealer}-6", "phenomenon": MARKS[dealer]}
        with stage.acting(dealer) as actor:
            stage.put("feedback_draft", dealer, draft_id=drafts.save(actor, DRAFT, data))


def _file(stage: Stage, dealer: str, **more: Any) -> str:
    photos = more.pop("photos", ())
    draft = FeedbackDraft(
        subject=FeedbackSubject.UNIT,
        serial=f"{dealer}-5",
        found_on=TODAY,
        phenomenon=MARKS[dealer],
        **more,
    )
    with stage.acting(dealer) as actor:
        return commands.file(actor, draft, photos=photos)


WORDS = {"text": "because", "version": ""}


def data(point: Any) -> dict[str, Any]:
    """What is sent with the calls of the table of routes."""

    def about(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
        return {"serial": f"{point(name)}-6"}

    return {
        **{f"feedback.{verb}": WORDS for verb in (
            "agree", "ask", "close", "go_on", "hold_back", "inform", "object_to", "offer", "propose", "tell",
            "upgrade", "release", "take_on",
        )},
        "feedback.answer": {"cause": "because", "corrective": "done", "version": ""},
        "feedback.report": {
            "found": "x", "cause": "x", "corrective": "x", "units": "1", "verification": "x",
            "done_on": "2026-05-20", "version": "",
        },
        "feedback.begin": about,
        "feedback.change_about": about,
        "feedback.fill": PROBLEM,
        "feedback.autosave": PROBLEM,
    }  # fmt: skip
