"""Parses each file of a folder with the wheel of the events, and prints as JSON what came of it, and of what is no event.

The documented handler comes as standard input, and is played with all of them.
"""

import contextlib
import io
import json
import shutil
import sys
from datetime import datetime
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path

from dicom_import_watcher_events import (
    ImportFinishedEvent,
    InvalidDicomImportEventError,
    parse_dicom_import_event,
)
from pydantic import ValidationError


def with_times(value):
    """The same with times in place of their texts, which pydantic writes in another way."""
    if isinstance(value, dict):
        return {name: with_times(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_times(each) for each in value]
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
    except ValueError:
        return value


def refusal(event):
    try:
        parse_dicom_import_event(event)
    except InvalidDicomImportEventError as error:
        return [str(error), str(error.__cause__), str(error.__context__)]


def refusal_of_model(event):
    try:
        ImportFinishedEvent.model_validate(event)
    except ValidationError as error:
        return str(error)


parsed = {}
for path in sorted(Path(sys.argv[1]).glob("*.json")):
    given = json.loads(path.read_text())
    event = parse_dicom_import_event(given)
    kept = event.model_dump(mode="json", by_alias=True, exclude_unset=True)
    parsed[path.name] = [type(event).__name__, event.detail.data.outcome, with_times(kept) == with_times(given)]

documented = {}
exec(sys.stdin.read(), documented)
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    bodies = [path.read_text() for path in sorted(Path(sys.argv[1]).glob("*.json"))]
    documented["handler"]({"Records": [{"body": body} for body in bodies]}, None)

event = json.loads((Path(sys.argv[1]) / "partially-failed.json").read_text())
finished = parse_dicom_import_event({**event, "of a later version": 1})
secret = {**event, "detail": {**event["detail"], "data": {**event["detail"]["data"], "outcome": "Doe^Jane"}}}
json.dump(
    {
        "node": shutil.which("node"),
        "distributions": sorted(each.metadata["Name"] for each in distributions()),
        "schemas": {each.name: json.loads(each.read_text()) for each in (files("dicom_import_watcher_events") / "schemas").iterdir()},
        "parsed": parsed,
        "image_sets": [[each.image_set_id, each.is_primary] for each in finished.detail.data.image_sets.items],
        "documented": printed.getvalue().splitlines(),
        "kept": finished.model_extra,
        "refused": [refusal(secret), refusal({**event, "detail-type": "Doe^Jane"}), refusal({}), refusal("{}"), refusal(None)],
        "refused_by_model": refusal_of_model(secret),
    },
    sys.stdout,
)
