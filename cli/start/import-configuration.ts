import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { UID } from '../../core/contract/patterns.ts';
import { oneLine } from '../../core/domain/text.ts';
import { decodeText } from '../../core/domain/verdict/decode.ts';
import { CliError } from '../errors.ts';
import { reasonOf } from '../system-errors.ts';

const uid = z.string().regex(UID.pattern, `expected ${UID.allowed}`);

/** The union of the API, which has one member (docs/healthimaging.md#2-import-configuration). */
const schema = z.strictObject({
  dicomJsonMetadataImportConfiguration: z.strictObject({
    dicomMetadataMappings: z
      .array(
        z.strictObject({
          studyInstanceUID: uid,
          seriesInstanceUID: uid.exactOptional(),
          metadataFilePath: z.string().min(1).max(1024),
        }),
      )
      .min(1)
      .max(1000),
  }),
});

export type ImportConfiguration = z.infer<typeof schema>;

/** Reads an `importConfiguration`. @throws CliError that says what is wrong, and repeats no UID. */
export async function readImportConfiguration(path: string): Promise<ImportConfiguration> {
  const file = oneLine(path);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`--import-configuration: ${file} cannot be read (${reasonOf(error)}).`, {
      cause: error,
    });
  });
  let value: unknown;
  try {
    value = JSON.parse(decodeText(bytes));
  } catch {
    throw new CliError(`--import-configuration: ${file} is not JSON.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError(
    `--import-configuration: ${file} is wrong at ${oneLine(issue?.path.join('.') ?? '') || 'its top'}: ${oneLine(issue?.message ?? '')}. Expected { "dicomJsonMetadataImportConfiguration": { "dicomMetadataMappings": [{ "studyInstanceUID", "seriesInstanceUID", "metadataFilePath" }] } }.`,
  );
}
