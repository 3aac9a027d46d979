"""Prints what there is at AWS_ENDPOINT_URL, as JSON: a list of names for each kind of resource."""

import json

import botocore.session

session = botocore.session.get_session()


def listed(service, operation, *path, **arguments):
    """All that an operation lists, over its pages, with the members of `path` taken from each."""
    client = session.create_client(service)
    pages = client.get_paginator(operation).paginate(**arguments) if client.can_paginate(operation) else [
        getattr(client, operation)(**arguments)
    ]
    key, *member = path
    return [item[member[0]] if member else item for page in pages for item in page.get(key, [])]


buses = listed("events", "list_event_buses", "EventBuses", "Name")
print(json.dumps({
    "functions": listed("lambda", "list_functions", "Functions", "FunctionName"),
    "state machines": listed("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "event buses": buses,
    "rules": [f"{bus}/{rule}" for bus in buses
              for rule in listed("events", "list_rules", "Rules", "Name", EventBusName=bus)],
    "queues": listed("sqs", "list_queues", "QueueUrls"),
    "topics": listed("sns", "list_topics", "Topics", "TopicArn"),
    "subscriptions": listed("sns", "list_subscriptions", "Subscriptions", "Endpoint"),
    "alarms": listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboards": listed("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "roles": listed("iam", "list_roles", "Roles", "RoleName"),
    "policies": listed("iam", "list_policies", "Policies", "PolicyName", Scope="Local"),
    "tables": listed("dynamodb", "list_tables", "TableNames"),
    "keys": listed("kms", "list_keys", "Keys", "KeyId"),
    "log groups": listed("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "buckets": listed("s3", "list_buckets", "Buckets", "Name"),
    "stacks": [f"{stack['StackName']} {stack['StackStatus']}"
               for stack in listed("cloudformation", "describe_stacks", "Stacks")
               if stack["StackStatus"] != "DELETE_COMPLETE"],
}))
