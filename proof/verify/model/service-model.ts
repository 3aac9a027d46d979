import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { python } from '../python.ts';

/** The operations on import jobs. */
export const IMPORT_OPERATIONS = ['StartDICOMImportJob', 'GetDICOMImportJob', 'ListDICOMImportJobs'] as const;
export type ImportOperation = (typeof IMPORT_OPERATIONS)[number];

/** A shape of botocore's service model, as far as it is used here. */
export interface Shape {
  readonly type: 'structure' | 'list' | 'string' | 'integer' | 'timestamp';
  readonly required?: readonly string[];
  readonly members?: Readonly<
    Record<string, { readonly shape: string; readonly location?: 'uri' | 'querystring' }>
  >;
  readonly member?: { readonly shape: string };
  readonly union?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly error?: { readonly httpStatusCode: number };
}

/** botocore's service model of HealthImaging. */
export interface ServiceModel {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly http: { readonly method: string; readonly requestUri: string };
        readonly input: { readonly shape: string };
        readonly output: { readonly shape: string };
        readonly errors: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

let loaded: Promise<ServiceModel> | undefined;

/** The service model in the botocore that `requirements.txt` pins. @throws {CannotRun} without Python. */
export function serviceModel(): Promise<ServiceModel> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<ServiceModel> {
  const { package: file } = await python('tools');
  const packed = await readFile(file('botocore/data/medical-imaging/2023-07-19/service-2.json.gz'));
  return JSON.parse(gunzipSync(packed).toString('utf8'));
}

export function operation(model: ServiceModel, name: string): ServiceModel['operations'][string] {
  const found = model.operations[name];
  if (!found) throw new Error(`the service model has no operation ${name}`);
  return found;
}

export function shape(model: ServiceModel, name: string): Shape {
  const found = model.shapes[name];
  if (!found) throw new Error(`the service model has no shape ${name}`);
  return found;
}

/** The errors of an operation: their names and HTTP statuses. */
export function errorsOf(model: ServiceModel, name: string): { name: string; status: number }[] {
  return operation(model, name).errors.map(({ shape: error }) => ({
    name: error,
    status: shape(model, error).error?.httpStatusCode ?? Number.NaN,
  }));
}

/** A leaf or branch of a structure: `jobProperties.importConfiguration`; elements of a list have `[]`. */
export interface Member {
  readonly path: string;
  readonly shape: Shape;
  readonly required: boolean;
}

/** All members of a structure and of what is in them. */
export function membersOf(model: ServiceModel, name: string, prefix = ''): Member[] {
  const { members = {}, required = [] } = shape(model, name);
  return Object.entries(members).flatMap(([member, { shape: memberName }]) => {
    const path = `${prefix}${member}`;
    const found = shape(model, memberName);
    const below =
      found.type === 'list' && found.member
        ? membersOf(model, found.member.shape, `${path}[].`)
        : membersOf(model, memberName, `${path}.`);
    return [{ path, shape: found, required: required.includes(member) }, ...below];
  });
}

/** The paths in a JSON value, written as those of {@link membersOf}. */
export function pathsIn(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => pathsIn(element, `${prefix.slice(0, -1)}[].`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) => [
    `${prefix}${name}`,
    ...pathsIn(below, `${prefix}${name}.`),
  ]);
}

/** A shape as a JSON Schema of what is on the wire: nothing but the members, and every constraint. */
export function jsonSchema(model: ServiceModel, name: string): object {
  const { type, required, members = {}, member, union, enum: values, pattern, min, max } = shape(model, name);
  switch (type) {
    case 'structure':
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(members).map(([key, { shape: of }]) => [key, jsonSchema(model, of)]),
        ),
        required: required ?? [],
        additionalProperties: false,
        ...(union && { minProperties: 1, maxProperties: 1 }),
      };
    case 'list':
      return {
        type: 'array',
        items: member ? jsonSchema(model, member.shape) : false,
        minItems: min,
        maxItems: max,
      };
    case 'string':
      return {
        type: 'string',
        minLength: min,
        maxLength: max,
        // AWS means the whole text.
        pattern: pattern === undefined ? undefined : `^(?:${pattern})$`,
        enum: values,
      };
    case 'integer':
      return {
        type: 'integer',
        minimum: min,
        maximum: max,
      };
    case 'timestamp':
      // rest-json's format in a body: seconds since the epoch, with a fraction.
      return { type: 'number' };
    default:
      throw new Error(`the service model has a type that nobody here knows: ${type satisfies never}`);
  }
}
