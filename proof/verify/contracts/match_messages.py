"""Prints which of the messages in a JSON file match which of its filter policies, by moto's implementation of SNS."""
import json
import sys

from moto.sns.utils import FilterPolicyMatcher

with open(sys.argv[1]) as file:
    given = json.load(file)

matchers = [FilterPolicyMatcher(pattern, None) for pattern in given["patterns"]]
print(json.dumps([[matcher.matches(message, "") for message in given["events"]] for matcher in matchers]))
