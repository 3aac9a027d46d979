/** What a rule found in a template: on a resource by its logical id without the hash, or on the `template`. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly resource: string;
}

/** Findings that remain, and why. `in` is the app of `apps.ts` where they occur. Default: each app. */
interface Accepted {
  readonly rule: string;
  readonly resources: readonly string[];
  readonly in?: string;
  readonly reason: string;
}

const FUNCTIONS = [
  'CheckImportJob',
  'OnImportEvent',
  'OnWatchEnded',
  'SendDigests',
  'SummarizeImport',
  'Sweep',
];
const OUTSIDE_VPC =
  "The functions call AWS's public endpoints over TLS and nothing else. 'vpc' places them in a VPC where a policy asks for it.";

export const ACCEPTED: Readonly<Record<'checkov' | 'Control Tower', readonly Accepted[]>> = {
  checkov: [
    {
      rule: 'CKV_AWS_26',
      resources: ['AlarmTopic'],
      reason: 'The alarm topic carries names of alarms only, and has to work when the key does not.',
    },
    {
      rule: 'CKV_AWS_111',
      in: 'everything',
      resources: FUNCTIONS.map((name) => `${name}ServiceRolePolicy`),
      reason:
        "A function in a VPC needs these actions of EC2. AWS's own policy for it has no resource either.",
    },
    {
      rule: 'CKV_AWS_115',
      resources: FUNCTIONS,
      reason:
        "Reserved concurrency is taken from the account's, and watches must continue when many jobs end at the same time.",
    },
    {
      rule: 'CKV_AWS_116',
      resources: ['CheckImportJob', 'SummarizeImport'],
      reason:
        'The state machine waits for the answer and tries again. Lambda uses a dead-letter queue only for asynchronous calls.',
    },
    { rule: 'CKV_AWS_117', in: 'defaults', resources: FUNCTIONS, reason: OUTSIDE_VPC },
  ],
  'Control Tower': [
    {
      rule: 'cloudwatch_log_group_retention_period_check',
      resources: [...FUNCTIONS, 'Workflow'].map((name) => `${name}Logs`),
      reason:
        "Logs are kept for three months. 'logRetention' keeps them for longer where a policy asks for it.",
    },
    {
      rule: 'lambda_function_public_access_prohibited_check',
      resources: [
        'DigestScheduleAllowEventRuleWatchWatcherSendDigests',
        'ImportEventsAllowEventRuleWatchWatcherOnImportEvent',
        'RunningSweepScheduleAllowEventRuleWatchWatcherSweep',
        'SweepScheduleAllowEventRuleWatchWatcherSweep',
        'WatchFailuresAllowEventRuleWatchWatcherOnWatchEnded',
      ],
      reason:
        'Each permission has the ARN of one rule as SourceArn. The rule set accepts only text or a reference there, and the ARN is an Fn::Join.',
    },
    { rule: 'lambda_inside_vpc_check', in: 'defaults', resources: FUNCTIONS, reason: OUTSIDE_VPC },
    {
      rule: 'sqs_dlq_check',
      resources: ['FunctionDeadLetters', 'NotificationDeadLetters', 'RuleDeadLetters'],
      reason: 'These are the dead-letter queues. An alarm notifies a person of each message in them.',
    },
  ],
};

/** `<resource> | <rule>` of each finding that a tool is expected to have in an app. */
export function acceptedIn(tool: keyof typeof ACCEPTED, app: string): string[] {
  return ACCEPTED[tool]
    .filter((accepted) => (accepted.in ?? app) === app)
    .flatMap(({ rule, resources }) =>
      resources.filter((resource) => isIn(resource, app)).map((resource) => `${resource} | ${rule}`),
    )
    .sort();
}

/** Nobody gets emails of the app without settings, so it has no digests. */
function isIn(resource: string, app: string): boolean {
  return app !== 'defaults' || !resource.includes('Digest');
}

/** A logical id without the name of the construct and the hashes at its end: `CheckImportJob`. */
export function readable(logicalId: string): string {
  return logicalId.replace(/^Watcher/, '').replace(/([0-9A-F]{8}){1,2}$/, '');
}
