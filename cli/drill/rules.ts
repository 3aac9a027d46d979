import {
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';

/** A rule, and the ARNs of what it sends to. */
export interface RuleWithTargets {
  readonly name: string;
  readonly targets: readonly string[];
}

/**
 * The enabled rules of a bus that let an event through, as EventBridge itself judges.
 * @param event - as a target gets it.
 */
export async function rulesThatSee(
  client: EventBridgeClient,
  EventBusName: string,
  event: object,
): Promise<RuleWithTargets[]> {
  const Event = JSON.stringify(event);
  const found: RuleWithTargets[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListRulesCommand({ EventBusName, NextToken }));
    for (const { Name: name = '', EventPattern, State } of page.Rules ?? []) {
      if (!EventPattern || State === 'DISABLED') continue;
      const { Result } = await client.send(new TestEventPatternCommand({ EventPattern, Event }));
      if (Result) found.push({ name, targets: await targetsOf(client, EventBusName, name) });
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

async function targetsOf(client: EventBridgeClient, EventBusName: string, Rule: string): Promise<string[]> {
  const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ EventBusName, Rule }));
  return Targets.map(({ Arn = '' }) => Arn);
}
