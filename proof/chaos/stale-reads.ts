import type { Execution, LocalStateMachine, StatusChange } from '../../local/state-machine.ts';

/** A state machine as it was, for who reads it. @param at - milliseconds since the epoch. */
export function asOf(machine: LocalStateMachine, at: number): LocalStateMachine {
  const executions = new Map(
    [...machine.executions].flatMap(([name, execution]) => {
      const past = executionAsOf(execution, at);
      return past ? [[name, past] as const] : [];
    }),
  );
  return readOnly(machine, executions);
}

/** A state machine as a read sees it that misses some of its executions. */
export function without(machine: LocalStateMachine, missed: (name: string) => boolean): LocalStateMachine {
  return readOnly(machine, new Map([...machine.executions].filter(([name]) => !missed(name))));
}

function readOnly(machine: LocalStateMachine, executions: Map<string, Execution>): LocalStateMachine {
  const seen = {
    arn: machine.arn,
    definition: machine.definition,
    executions,
    withStatus: (wanted: string) => [...executions.values()].filter(({ status }) => status === wanted),
    executionArn: (name: string) => machine.executionArn(name),
    execution: (name: string) => {
      const execution = executions.get(name);
      if (execution) return execution;
      throw Object.assign(new Error(`Execution Does Not Exist: '${name}'`), {
        name: 'ExecutionDoesNotExist',
      });
    },
    whyNotRedrivable: (execution: Execution) => machine.whyNotRedrivable(execution),
  };
  return seen as unknown as LocalStateMachine;
}

function executionAsOf(execution: Execution, at: number): Execution | undefined {
  const changes = execution.history.filter((each): each is StatusChange => 'status' in each && each.at <= at);
  const last = changes.at(-1);
  if (!last) return undefined;
  const redriven = changes
    .filter(({ status, redriveCount }) => status === 'RUNNING' && redriveCount > 0)
    .at(-1);
  const { stoppedAt: _, redriveDate: __, output: ___, error: ____, ...rest } = execution;
  return {
    ...rest,
    status: last.status,
    redriveCount: last.redriveCount,
    ...(last.status !== 'RUNNING' && { stoppedAt: last.at }),
    ...(redriven && { redriveDate: redriven.at }),
    ...(last.output !== undefined && { output: last.output }),
    ...(last.error && { error: last.error }),
  };
}

interface Summary {
  readonly submittedAt: number;
  readonly endedAt?: number;
  readonly jobStatus: string;
}

/** The jobs of a list as they were. Times are seconds since the epoch, as HealthImaging has them. */
export function jobsAsOf<T extends Summary>(jobs: readonly T[], at: number): T[] {
  return jobs.flatMap((job) => {
    if (job.submittedAt > at) return [];
    if ((job.endedAt ?? 0) <= at) return [job];
    const { endedAt: _, ...rest } = job;
    return [{ ...rest, jobStatus: 'IN_PROGRESS' } as T];
  });
}
