import { Ajv } from 'ajv';
import { getRequest, listRequest, startRequest, validated } from '../../../simulator/validation.ts';
import {
  type ImportOperation,
  jsonSchema,
  operation,
  type ServiceModel,
  type Shape,
  shape,
} from './service-model.ts';

const requests = {
  StartDICOMImportJob: startRequest,
  GetDICOMImportJob: getRequest,
  ListDICOMImportJobs: listRequest,
};

const datastoreId = '12345678901234567890123456789012';
/** A request of each operation with all of its members. */
export const FULL_REQUESTS: Readonly<Record<ImportOperation, Readonly<Record<string, unknown>>>> = {
  StartDICOMImportJob: {
    datastoreId,
    dataAccessRoleArn: 'arn:aws:iam::111122223333:role/import',
    clientToken: 'token-1',
    inputS3Uri: 's3://in-bucket/in/',
    outputS3Uri: 's3://out-bucket/out/',
    jobName: 'job-1',
    inputOwnerAccountId: '444455556666',
    importConfiguration: {
      dicomJsonMetadataImportConfiguration: {
        dicomMetadataMappings: [
          { studyInstanceUID: '1.2.3', seriesInstanceUID: '1.2.3.4', metadataFilePath: 'meta/a.json' },
        ],
      },
    },
  },
  GetDICOMImportJob: { datastoreId, jobId: '0123456789abcdef0123456789abcdef' },
  ListDICOMImportJobs: { datastoreId, jobStatus: 'COMPLETED', nextToken: 'token', maxResults: 1 },
};

/**
 * Where the simulator and the service model do not agree on a request: each member of a good request is replaced by values
 * around its limits, and by good values with each ASCII character and some others put into them.
 * @returns how many requests were tried, and the disagreements, by member.
 */
export function disagreements(
  model: ServiceModel,
  name: ImportOperation,
): { tried: number; found: string[] } {
  const input = operation(model, name).input.shape;
  const allowed = new Ajv({ strict: false }).compile(jsonSchema(model, input));
  const full = FULL_REQUESTS[name];
  if (!allowed(full))
    throw new Error(`the model refuses the full request: ${JSON.stringify(allowed.errors)}`);
  let tried = 0;
  const found = new Map<string, string>();
  for (const { path, value } of variants(model, input, full)) {
    const request = replaced(full, path, value);
    const byModel = allowed(request);
    const bySimulator = accepts(name, request);
    tried++;
    if (byModel === bySimulator) continue;
    const key = path.filter((step) => step !== 0).join('.');
    const shown = JSON.stringify(value)?.slice(0, 60);
    found.set(key, `${key}: the simulator ${bySimulator ? 'takes' : 'refuses'} ${shown}, the model does not`);
  }
  return { tried, found: [...found.values()] };
}

/** Query parameters are text on the wire. */
function accepts(name: ImportOperation, request: Record<string, unknown>): boolean {
  const { maxResults } = request;
  const wire = maxResults === undefined ? request : { ...request, maxResults: String(maxResults) };
  try {
    validated(requests[name], wire);
    return true;
  } catch {
    return false;
  }
}

type Path = readonly (string | number)[];

function* variants(
  model: ServiceModel,
  name: string,
  full: unknown,
  at: Path = [],
): Generator<{ path: Path; value: unknown }> {
  const of = shape(model, name);
  if (of.type === 'structure') {
    for (const [member, { shape: below }] of Object.entries(of.members ?? {})) {
      yield { path: [...at, member], value: undefined };
      yield* variants(model, below, (full as Record<string, unknown>)[member], [...at, member]);
    }
    if (of.union) yield { path: at, value: {} };
  } else if (of.type === 'list') {
    const [element] = full as unknown[];
    for (const length of around(of)) yield { path: at, value: Array(length).fill(element) };
    if (of.member) yield* variants(model, of.member.shape, element, [...at, 0]);
  } else {
    for (const value of of.type === 'integer' ? around(of) : texts(of, String(full)))
      yield { path: at, value };
  }
}

function around({ min = 1, max = 1 }: Shape): number[] {
  return [min - 1, min, max, max + 1].filter((limit) => limit >= 0);
}

const characters = [...Array(128).keys()]
  .map((code) => String.fromCharCode(code))
  .concat(['é', '٣', '\u2028', '😀']);

function texts({ min, max, enum: values = [] }: Shape, good: string): string[] {
  const stretch = (length: number) =>
    good.length >= length
      ? good.slice(0, length)
      : good +
        good
          .slice(-1)
          .replace('/', 'a')
          .repeat(length - good.length);
  return [
    '',
    ...values,
    ...[min, max]
      .flatMap((limit) => (limit === undefined ? [] : [limit - 1, limit, limit + 1]))
      .map((length) => stretch(Math.max(0, length))),
    stretch(good.length + 1),
    good.slice(0, -1),
    // Short, as some patterns of the model take for ever on long texts that they refuse.
    ...characters.flatMap((character) => [
      character,
      character + good,
      good + character,
      good.slice(0, 2) + character + good.slice(3),
    ]),
  ];
}

function replaced(full: unknown, [step, ...rest]: Path, value: unknown): Record<string, unknown> {
  if (step === undefined) return value as Record<string, unknown>;
  const copy = structuredClone(full) as Record<string | number, unknown>;
  copy[step] = replaced(copy[step], rest, value);
  if (copy[step] === undefined) delete copy[step];
  return copy;
}
