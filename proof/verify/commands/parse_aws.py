"""Reads command lines from standard input, a JSON list of texts; writes for each what the aws CLI says against it, or null.

The CLI parses a command as it always does. In place of the call, botocore's model judges the parameters."""

import contextlib
import io
import json
import os
import pathlib
import shlex
import sys
import tempfile

from awscli import clidriver
from botocore.validate import ParamValidator


driver = clidriver.create_clidriver()


def not_allowed(value, shape, path):
    """Texts that are none of the values which the model lists; botocore leaves them to the service."""
    if shape.type_name == "structure":
        return [bad for name, each in value.items() for bad in not_allowed(each, shape.members[name], f"{path}.{name}")]
    if shape.type_name == "list":
        return [bad for each in value for bad in not_allowed(each, shape.member, path)]
    allowed = getattr(shape, "enum", [])
    return [f"{path}: {value} is none of {', '.join(allowed)}"] if allowed and value not in allowed else []


def judge(_caller, service, operation, parameters, _globals):
    # What the CLI itself does with the pages.
    parameters = {name: value for name, value in parameters.items() if name != "PaginationConfig"}
    model = driver.session.get_service_model(service).operation_model(operation)
    report = ParamValidator().validate(parameters, model.input_shape)
    if report.has_errors():
        raise ValueError(report.generate_report())
    bad = not_allowed(parameters, model.input_shape, operation) if model.input_shape else []
    if bad:
        raise ValueError("; ".join(bad))
    return 0


clidriver.CLIOperationCaller.invoke = judge


def words_of(line):
    """The words of a command. What it writes to a file (`> x.json`) is there for the commands after it."""
    words = shlex.split(line)
    if ">" in words:
        end = words.index(">")
        pathlib.Path(words[end + 1]).write_text("{}")
        words = words[:end]
    return words


def parse(line):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            status = driver.main(words_of(line)[1:])
        except SystemExit as end:
            status = end.code
    return None if status == 0 else said.getvalue().strip() or f"status {status}"


lines = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    verdicts = [parse(line) for line in lines]
    os.chdir(os.sep)
print(json.dumps(verdicts))
