import type { JobFault, RequestFault } from './faults.ts';
import { OPERATIONS, type OperationName } from './types.ts';

/** A fault read from text. */
export type ParsedFault = { request: RequestFault } | { job: JobFault };

const requestKinds: readonly string[] = [
  'throttle',
  '500',
  '503',
  'drop',
  'denied',
  'not-found',
  'conflict',
  'quota',
  'slow',
];
const operations: readonly string[] = OPERATIONS;

const jobFaults: Record<string, (value: string | undefined) => JobFault> = {
  'never-ends': () => ({ neverEnds: true }),
  fail: (message) => ({ failWith: message ?? 'DICOM import job has failed.' }),
  'events-lost': () => ({ eventsLost: true }),
  'events-doubled': () => ({ eventsDoubled: true }),
  'events-delayed': (value) => ({ eventsDelayedSeconds: number('events-delayed', value) }),
  'events-reordered': () => ({ eventsReordered: true }),
  'manifest-late': (value) => ({ manifestDelaySeconds: number('manifest-late', value) }),
  'job-manifest-late': (value) => ({ jobManifestDelaySeconds: number('job-manifest-late', value) }),
  'success-late': (value) => ({ successDelaySeconds: number('success-late', value) }),
  'failure-late': (value) => ({ failureDelaySeconds: number('failure-late', value) }),
  'warning-late': (value) => ({ warningDelaySeconds: number('warning-late', value) }),
  'manifest-missing': () => ({ manifest: 'missing' }),
  'manifest-corrupt': () => ({ manifest: 'corrupt' }),
  'success-missing': () => ({ success: 'missing' }),
  'success-truncated': () => ({ success: 'truncated' }),
  'failure-missing': () => ({ failure: 'missing' }),
  'failure-truncated': () => ({ failure: 'truncated' }),
  'failure-unexpected': () => ({ failure: 'unexpected' }),
  'warning-missing': () => ({ warning: 'missing' }),
  'warning-truncated': () => ({ warning: 'truncated' }),
  'server-errors': (value) => ({ filesWithServerError: number('server-errors', value) }),
};

/** Every kind of fault text, for help and error messages. */
export const faultKinds: readonly string[] = [...requestKinds, ...Object.keys(jobFaults)];

/**
 * Reads a fault as the command line and the header `x-simulator-fault` write it: a kind, then options after commas.
 * `throttle`, `slow=2000,operation=GetDICOMImportJob,times=3`, `503,for=60`, `manifest-late=30,job=nightly`.
 * @throws {Error} which says what is wrong with the text
 */
export function parseFault(text: string): ParsedFault {
  const [[kind, value], ...options] = text.split(',').map(pair) as [Pair, ...Pair[]];
  const option = (name: string) => options.find(([key]) => key === name)?.[1];
  const known = requestKinds.includes(kind) ? ['operation', 'datastore', 'times', 'for'] : ['job', 'times'];
  const unknown = options.find(([key]) => !known.includes(key));
  const times = numberOf('times', option('times'));

  if (requestKinds.includes(kind)) {
    if (unknown) throw new Error(`fault ${kind} has no option "${unknown[0]}"; it has ${known.join(', ')}`);
    const operation = option('operation');
    if (operation !== undefined && !operations.includes(operation)) {
      throw new Error(`unknown operation "${operation}"; there are ${operations.join(', ')}`);
    }
    return {
      request: {
        kind: kind as RequestFault['kind'],
        times,
        operation: operation as OperationName | undefined,
        datastoreId: option('datastore'),
        forSeconds: numberOf('for', option('for')),
        slowMs: numberOf(kind, value),
      },
    };
  }
  const jobFault = Object.hasOwn(jobFaults, kind) ? jobFaults[kind] : undefined;
  if (!jobFault) throw new Error(`unknown fault "${kind}"; there are ${faultKinds.join(', ')}`);
  if (unknown) throw new Error(`fault ${kind} has no option "${unknown[0]}"; it has ${known.join(', ')}`);
  return { job: { ...jobFault(value), times, jobName: option('job') } };
}

type Pair = [key: string, value: string | undefined];

function pair(text: string): Pair {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), undefined] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** A number that need not be given. */
function numberOf(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : number(name, text);
}

function number(name: string, text: string | undefined): number {
  if (!text || !/^\d+(\.\d+)?$/.test(text)) throw new Error(`${name} wants a number, as in ${name}=3`);
  return Number(text);
}
