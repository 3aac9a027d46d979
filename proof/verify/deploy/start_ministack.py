"""Ministack, with what it lacks for this product: docs/proof/verification.md lists it. Written for the pinned version."""

import json

from ministack.core.arn import parse_arn
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.services import eventbridge, kms, sns, sqs, stepfunctions

invoke_target = eventbridge._invoke_target
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


def invoke_target_where_policies_allow(target, event, rule, view=None):
    """As on AWS, a rule delivers to a queue or topic only if the policies of that and of its key allow it, and to the
    dead-letter queue otherwise. Ministack delivers always; the policies are judged by its own evaluator of policies."""
    refused = refusal(parse_arn(target["Arn"]), rule["Arn"])
    if not refused:
        return invoke_target(target, event, rule, view)
    eventbridge.logger.warning("EventBridge: %s does not deliver to %s: %s", rule["Arn"], target["Arn"], refused)
    dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
    if dead_letters and not refusal(parse_arn(dead_letters), rule["Arn"]):
        payload = json.dumps((view or eventbridge._pattern_event_view(event)).event_with_detail())
        eventbridge._dispatch_to_sqs(parse_arn(dead_letters), payload)


def refusal(arn, rule_arn):
    """Which action on a queue or topic, or on its key, no policy allows to a rule. None: all that a delivery needs is allowed."""
    found = {"sqs": sqs._queue_by_arn, "sns": sns._topic_by_arn_any_scope}.get(arn.service, lambda _: None)(str(arn))
    if not found:
        return None
    attributes = found["attributes"]
    action = "sqs:SendMessage" if arn.service == "sqs" else "sns:Publish"
    wanted = [(attributes.get("Policy"), action, str(arn))]
    if attributes.get("KmsMasterKeyId"):
        key = kms._resolve_key(attributes["KmsMasterKeyId"]) or {"Policy": None, "Arn": "a key that is not there"}
        wanted += [(key["Policy"], f"kms:{name}", key["Arn"]) for name in ("Decrypt", "GenerateDataKey")]
    for policy, action, resource in wanted:
        context = EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource,
            region=arn.region,
            secure_transport=True,
            service_context={"aws:sourcearn": rule_arn, "aws:sourceaccount": parse_arn(rule_arn).account_id},
        )
        if evaluate_resource_policy(policy, context, service="events.amazonaws.com").decision != "Allow":
            return f"no {action} on {resource}"
    return None


eventbridge._invoke_target = invoke_target_where_policies_allow
eventbridge._put_events = put_events_of_health_imaging
stepfunctions._execute_task = execute_task_with_timeout_path
stepfunctions._start_execution = start_execution_once

if __name__ == "__main__":
    from ministack.app import main

    main()
