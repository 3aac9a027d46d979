"""Reads each file below a folder with pydicom, and prints what an import needs of it, as JSON by the file's path.

`refused` says which documented rule the file breaks; it is empty where there is none. docs/healthimaging.md has the rules.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

from pydicom import __version__, dcmread
from pydicom.errors import InvalidDicomError

UIDS = ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
LONGEST = {
    "PatientName": 256,
    "PatientID": 256,
    "PatientBirthDate": 18,
    "PatientSex": 16,
    "StudyInstanceUID": 256,
    "StudyID": 16,
    "StudyDescription": 64,
    "AccessionNumber": 256,
    "StudyDate": 18,
    "StudyTime": 28,
}
LARGEST = {"NumberOfStudyRelatedSeries": 1_000_000, "NumberOfStudyRelatedInstances": 10_000}


def broken_rule(dataset):
    if not dataset.file_meta.get("TransferSyntaxUID"):
        return "no TransferSyntaxUID"
    for name in UIDS:
        if not dataset.get(name):
            return f"no {name}"
    for name, most in LONGEST.items():
        if len(str(dataset.get(name) or "")) > most:
            return f"{name} is too long"
    for name, most in LARGEST.items():
        if not 0 <= int(dataset.get(name) or 0) <= most:
            return f"{name} is too large"
    return ""


def read(path):
    try:
        dataset = dcmread(path)
        # Values are read when they are asked for.
        for _ in dataset.iterall():
            pass
    except InvalidDicomError:
        return {"refused": "no DICOM Part 10 file"}
    refused = broken_rule(dataset)
    return {"refused": refused} if refused else {"refused": "", "uids": [str(dataset[name].value) for name in UIDS]}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    folder = Path(sys.argv[1])
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): read(path) for path in files}
    json.dump({"version": __version__, "files": found}, sys.stdout)


main()
