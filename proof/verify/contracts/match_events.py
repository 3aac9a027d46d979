"""Prints which of the events in a JSON file match which of its patterns, by moto's implementation of EventBridge."""
import json
import sys

from moto.events.models import EventPattern, EventPatternParser

with open(sys.argv[1]) as file:
    given = json.load(file)

patterns = [EventPattern(None, EventPatternParser(json.dumps(pattern)).parse()) for pattern in given["patterns"]]
print(json.dumps([[pattern.matches_event(event) for event in given["events"]] for pattern in patterns]))
