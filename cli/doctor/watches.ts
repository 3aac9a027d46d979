import { openWatches } from '../../core/aws/executions.ts';
import { PROGRAM } from '../command.ts';
import { failedJobs } from '../redrive/failed-jobs.ts';
import { formatDuration } from '../terminal/durations.ts';
import { count, type DoctorCheck, ok, problem } from './examination.ts';

/** How many are named; all would hide the rest. */
const NAMED = 3;

/** No watch has failed whose job has no verdict. */
export const watchesCheck: DoctorCheck = {
  name: 'watches',
  async look({ aws, stateMachineArn, tableName, now }) {
    const machine = { client: aws.stepFunctions(), arn: stateMachineArn };
    const failed = await failedJobs(machine, { client: aws.dynamoDB(), name: tableName });
    if (failed.length > 0) {
      const names = failed.slice(0, NAMED).map(({ watches }) => watches.at(-1)?.name ?? '');
      if (failed.length > NAMED) names.push('...');
      return [
        problem(
          `${count(failed.length, 'job')} without a verdict, since the watch failed or was stopped: ${names.join(', ')}.`,
          `Fix the cause (${PROGRAM} status shows it), then run: ${PROGRAM} redrive --all`,
        ),
      ];
    }
    const { openWatches: running, oldestOpenWatch } = await openWatches(machine, now);
    const oldest = running > 0 ? `, the oldest for ${formatDuration(oldestOpenWatch)}` : '';
    return [ok(`None has failed without a verdict; ${running} run${oldest}.`)];
  },
};
