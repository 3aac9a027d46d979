"""The events of dicom-import-watcher as pydantic models.

`docs/event-contract.md` of dicom-import-watcher describes them. The JSON Schemas are in the folder `schemas` of this package.
"""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from .import_finished import ImportFinishedData, ImportFinishedEvent
from .import_overdue import ImportOverdueData, ImportOverdueEvent
from .watch_failed import WatchFailedData, WatchFailedEvent

__all__ = [
    "DicomImportEvent",
    "ImportFinishedData",
    "ImportFinishedEvent",
    "ImportOverdueData",
    "ImportOverdueEvent",
    "InvalidDicomImportEventError",
    "WatchFailedData",
    "WatchFailedEvent",
    "parse_dicom_import_event",
]

#: An event of the watcher; its `detail_type` tells which.
DicomImportEvent: TypeAlias = ImportFinishedEvent | ImportOverdueEvent | WatchFailedEvent

_EVENTS: TypeAdapter[DicomImportEvent] = TypeAdapter(Annotated[DicomImportEvent, Field(discriminator="detail_type")])


class InvalidDicomImportEventError(ValueError):
    """Something is not an event of the watcher."""


def parse_dicom_import_event(event: Mapping[str, object]) -> DicomImportEvent:
    """Makes sure that something is an event of the watcher. Fields that this version does not know are kept.

    :param event: what EventBridge delivered; from a queue, the parsed `body` of the message.
    :raises InvalidDicomImportEventError: says where it is wrong and what is allowed there, and repeats no value.
    """
    if isinstance(event, str | bytes):
        raise InvalidDicomImportEventError("expected an event as a dict, got text: parse its JSON first")
    try:
        return _EVENTS.validate_python(event)
    except ValidationError as error:
        problems = "; ".join(_problem(each) for each in error.errors(include_url=False, include_input=False))
    # Outside of `except`: the error that pydantic raised holds the values.
    raise InvalidDicomImportEventError(f"not an event of dicom-import-watcher: {problems}")


def _problem(error) -> str:
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "detail-type: expected one of 'DICOM Import Finished', 'DICOM Import Overdue', 'DICOM Import Watch Failed'"
    # First comes the detail-type, by which the model was chosen.
    return f"{'.'.join(str(each) for each in error['loc'][1:]) or 'the event'}: {error['msg']}"
