import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { jsonSchema } from '../core/contract/events.ts';
import { PUBLISHED } from '../core/contract/names.ts';
import { installTools } from './tools.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The name of each kind of event, which the names of its types, schemas and models begin with. */
export const EVENTS = {
  ImportFinished: PUBLISHED.importFinished,
  ImportOverdue: PUBLISHED.importOverdue,
  WatchFailed: PUBLISHED.watchFailed,
} as const;
const KINDS = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

/** The published JSON Schemas, one for each kind of event. */
export const SCHEMAS = join(ROOT, 'docs/schemas');

/** The schemas for consumers, and what each of them makes sure of. */
const CONSUMER_SCHEMAS: readonly (readonly [name: string, type: string])[] = [
  ['dicomImportEventSchema', 'DicomImportEvent'],
  ...KINDS.flatMap((kind) => {
    const name = kind.charAt(0).toLowerCase() + kind.slice(1);
    return [
      [`${name}EventSchema`, `${kind}Event`],
      [`${name}DetailSchema`, `${kind}Event['detail']`],
    ] as const;
  }),
];

/** What consumers of events use. The rest of `core/contract/events.ts` is for the watcher itself. */
const ENTRY = `export {
  InvalidDicomImportEventError,
  parseDicomImportEvent,
  ${CONSUMER_SCHEMAS.map(([name]) => name).join(',\n  ')}
} from './core/contract/events.ts';`;

/** How Node and TypeScript know a module of each kind by the ending of its file. */
const FORMATS = [
  { format: 'esm', code: 'index.mjs', types: 'index.d.mts' },
  { format: 'cjs', code: 'index.cjs', types: 'index.d.cts' },
] as const;

/** `exports` of the package's manifest for the parser. */
export const EVENTS_EXPORTS = Object.fromEntries(
  FORMATS.map(({ format, code, types }) => [
    format === 'esm' ? 'import' : 'require',
    { types: `./events/${types}`, default: `./events/${code}` },
  ]),
);

/**
 * Makes the parser of events for consumers: one file with all that it needs, and types that need nothing else either.
 * @returns what was bundled.
 */
export async function bundleEvents(folder: string): Promise<Metafile[]> {
  await mkdir(folder, { recursive: true });
  const types = await declarations();
  return Promise.all(
    FORMATS.map(async ({ format, ...files }) => {
      const { metafile } = await build({
        stdin: { contents: ENTRY, resolveDir: ROOT, loader: 'ts' },
        outfile: join(folder, files.code),
        absWorkingDir: ROOT,
        bundle: true,
        // Not minified: an error shows the line that threw it.
        platform: 'neutral',
        target: 'es2022',
        format,
        mainFields: ['module', 'main'],
        metafile: true,
        logLevel: 'warning',
      });
      await writeFile(join(folder, files.types), types);
      return metafile;
    }),
  );
}

/** What we use of json-schema-to-typescript, which is installed when it is needed. */
interface SchemaCompiler {
  compile(schema: object, name: string, options: object): Promise<string>;
}

/** The types, from the published JSON Schemas: with their descriptions, and without the schema library. */
async function declarations(): Promise<string> {
  const tools = createRequire(join(await installTools('package'), 'package.json'));
  const { compile } = tools('json-schema-to-typescript') as SchemaCompiler;
  const options = { bannerComment: '', additionalProperties: false, unknownAny: true };
  const interfaces = await Promise.all(
    KINDS.map((kind) => compile(jsonSchema(EVENTS[kind]), `${kind}Event`, options)),
  );
  return `${interfaces.join('\n')}
${KINDS.map((kind) => `/** What ${kind}Event tells. Times are ISO 8601 UTC, counts integers, durations seconds. */\nexport type ${kind}Data = ${kind}Event['detail']['data'];`).join('\n')}

/** An event of the watcher, as the target of a rule gets it; its \`detail-type\` tells which. */
export type DicomImportEvent = ${KINDS.map((kind) => `${kind}Event`).join(' | ')};

/** A schema as many libraries take it, Powertools' parser among them: https://standardschema.dev */
export interface StandardSchema<Value> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** What comes out has only the members that this version knows. */
    readonly validate: (value: unknown) =>
      | { readonly value: Value; readonly issues?: undefined }
      | { readonly issues: readonly { readonly message: string; readonly path?: readonly PropertyKey[] | undefined }[] };
    readonly types?: { readonly input: Value; readonly output: Value } | undefined;
  };
}

${CONSUMER_SCHEMAS.map(([name, type]) => `export declare const ${name}: StandardSchema<${type}>;`).join('\n')}

/** Something is not an event of the watcher. */
export declare class InvalidDicomImportEventError extends Error {
  readonly name: 'InvalidDicomImportEventError';
}

/**
 * Makes sure that something is an event of the watcher. Fields that this version does not know are kept.
 * @param event - what EventBridge delivered; from a queue, the parsed \`body\` of the message.
 * @throws InvalidDicomImportEventError that says where it is wrong and what is allowed there, and repeats no value.
 */
export declare function parseDicomImportEvent(event: unknown): DicomImportEvent;
`;
}
