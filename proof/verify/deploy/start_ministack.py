"""Ministack, with what it lacks for this product: docs/proof/verification.md lists it. Written for the pinned version."""

from ministack.services import eventbridge, stepfunctions

put_events = eventbridge._put_events
execute_task = stepfunctions._execute_task
start_execution = stepfunctions._start_execution


def put_events_of_health_imaging(data, allow_aws_source=False):
    """As on AWS, callers may not use sources that begin with "aws."; our simulator stands in for a service of AWS."""
    simulated = all(entry.get("Source") == "aws.medical-imaging" for entry in data.get("Entries", []))
    return put_events(data, allow_aws_source or simulated)


def execute_task_with_timeout_path(state, raw_input, execution, context):
    """Ministack does not know `TimeoutSecondsPath`, and would wait for news for ever."""
    path = state.get("TimeoutSecondsPath")
    if path:
        seconds = raw_input
        for name in path.removeprefix("$.").split("."):
            seconds = seconds[name]
        state = {**state, "TimeoutSeconds": seconds}
    return execute_task(state, raw_input, execution, context)


def start_execution_once(data):
    """The same name and input while it runs is the same execution; ministack refuses it."""
    arn = f"{data.get('stateMachineArn', '').replace(':stateMachine:', ':execution:')}:{data.get('name')}"
    running = stepfunctions._executions.get(arn)
    if running and running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
        return stepfunctions.json_response({"executionArn": arn, "startDate": running["startDate"]})
    return start_execution(data)


eventbridge._put_events = put_events_of_health_imaging
stepfunctions._execute_task = execute_task_with_timeout_path
stepfunctions._start_execution = start_execution_once

if __name__ == "__main__":
    from ministack.app import main

    main()
