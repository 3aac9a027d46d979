import { redrive, startWatch, type WatchStateMachine } from '../../core/aws/executions.ts';
import type { Table } from '../../core/aws/watches.ts';
import type { ImportJobId } from '../../core/contract/names.ts';
import { oneLine } from '../../core/domain/text.ts';
import { connect } from '../aws/connect.ts';
import { findWatcher } from '../aws/watcher.ts';
import { explain, usageError } from '../errors.ts';
import { EXIT } from '../exit-status.ts';
import type { AwsOptions } from '../options.ts';
import type { StackOptions } from '../stack-options.ts';
import { paragraph, print, printJson, tell } from '../terminal/output.ts';
import { failedJobs, readJob } from './failed-jobs.ts';
import { planRedrive, type RedrivePlan } from './plan.ts';

export interface RedriveOptions extends AwsOptions, StackOptions {
  readonly datastoreId?: string;
  readonly jobId?: string;
  readonly all?: boolean;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** What became of one job. */
interface Result {
  readonly job: ImportJobId | undefined;
  readonly plan: RedrivePlan;
  readonly done: 'redriven' | 'replaced' | 'not needed' | 'not redriven';
}

/** Continues failed watches. */
export async function run(options: RedriveOptions): Promise<number> {
  const { datastoreId, jobId, all, json } = options;
  const named = datastoreId && jobId ? { datastoreId, jobId } : undefined;
  if (!all && !named) throw usageError('Name a job with --datastore-id and --job-id, or all with --all.');
  const aws = await connect(options);
  const { stateMachineArn, tableName } = await findWatcher(aws, options, ['stateMachineArn', 'tableName']);
  const machine: WatchStateMachine = { client: aws.stepFunctions(), arn: stateMachineArn };
  const table: Table = { client: aws.dynamoDB(), name: tableName };
  const jobs = named ? [await readJob(machine, table, named)] : await failedJobs(machine, table);
  const results: Result[] = [];
  for (const { job, watches, outcome } of jobs) {
    const plan = planRedrive(watches, outcome, named !== undefined);
    try {
      results.push({ job, plan, done: await carryOut(machine, job, plan, options.replace === true) });
    } catch (error) {
      // What was done before has to be reported even so.
      results.push({
        job,
        plan: { ...plan, kind: 'impossible', why: explain(error).message },
        done: 'not redriven',
      });
    }
  }
  if (json) printJson({ watches: results.map(asJson) });
  else show(results);
  return results.some(({ done }) => done === 'not redriven') ? EXIT.failed : EXIT.done;
}

async function carryOut(
  machine: WatchStateMachine,
  job: ImportJobId | undefined,
  { kind, watch }: RedrivePlan,
  replace: boolean,
): Promise<Result['done']> {
  if (kind === 'not needed') return kind;
  if (kind === 'redrive' && watch) {
    return (await redrive(machine, watch)) === 'redriven' ? 'redriven' : 'not redriven';
  }
  if (kind !== 'replace' || !replace || !job || !watch) return 'not redriven';
  return (await startWatch(machine, job, watch.number + 1)) === 'running' ? 'replaced' : 'not redriven';
}

function show(results: readonly Result[]): void {
  if (results.length === 0) tell('No watch of a job without a verdict has failed.');
  for (const { job, plan, done } of results) {
    print(oneLine(plan.watch?.name ?? `${job?.datastoreId}-${job?.jobId}`));
    print(paragraph(oneLine(sentence(plan, done)), '  '));
  }
  if (results.some(({ plan, done }) => plan.kind === 'replace' && done === 'not redriven')) {
    tell(
      paragraph(
        'Fix the cause, then run this command again with --replace. It starts a new watch, with the next number.',
      ),
    );
  }
}

function sentence({ kind, why, watch }: RedrivePlan, done: Result['done']): string {
  switch (done) {
    case 'redriven':
      return `Redriven. It ${why}.`;
    case 'replaced':
      return `Replaced by watch ${(watch?.number ?? 0) + 1}: ${why}.`;
    case 'not needed':
      return `Nothing to do: ${why}.`;
    case 'not redriven':
      return kind === 'redrive'
        ? 'Not redriven: it runs again already, or can no longer be redriven. Somebody else may have redriven it.'
        : `Not redriven: ${why}.`;
  }
}

function asJson({ job, plan, done }: Result) {
  return {
    datastoreId: job?.datastoreId ?? null,
    jobId: job?.jobId ?? null,
    executionArn: plan.watch?.executionArn ?? null,
    number: plan.watch?.number ?? null,
    result: done,
    replaceable: plan.kind === 'replace',
    reason: plan.why,
  };
}
