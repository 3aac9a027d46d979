import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { count, type DoctorCheck, note, ofType, ok, problem } from './examination.ts';

/** Names of one `DescribeAlarms`. */
const BATCH = 100;

/** No alarm is on, and each can tell somebody. */
export const alarmsCheck: DoctorCheck = {
  name: 'alarms',
  async look(patient) {
    const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
    const client = await patient.aws.cloudWatch();
    const names = ofType(patient, 'AWS::CloudWatch::Alarm').map(({ physicalId }) => physicalId);
    const alarms: MetricAlarm[] = [];
    for (let i = 0; i < names.length; i += BATCH) {
      const AlarmNames = names.slice(i, i + BATCH);
      const { MetricAlarms = [] } = await client.send(
        new DescribeAlarmsCommand({ AlarmNames, MaxRecords: BATCH }),
      );
      alarms.push(...MetricAlarms);
    }
    const on = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
    const silent = alarms.filter(({ ActionsEnabled }) => ActionsEnabled === false);
    const gone = names.filter((name) => !alarms.some(({ AlarmName }) => AlarmName === name));
    const findings = [
      ...on.map(({ AlarmName, AlarmDescription = '' }) => {
        const [meaning = '', runbook] = AlarmDescription.split('\n');
        return problem(`${AlarmName}: ${meaning}`, runbook ?? 'See docs/runbook.md');
      }),
      ...gone.map((name) => problem(`The alarm ${name} was deleted.`, 'Deploy the stack again.')),
      ...silent.map(({ AlarmName }) =>
        note(
          `The alarm ${AlarmName} tells nobody.`,
          `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}`,
        ),
      ),
    ];
    return on.length + gone.length > 0
      ? findings
      : [ok(`${count(alarms.length, 'alarm')}, none is on.`), ...findings];
  },
};
