import { QUOTAS } from './quotas.ts';

/** An object of S3. */
export interface S3Object {
  readonly key: string;
  readonly bytes: number;
}

/** What lies below an input prefix. */
export interface Survey {
  /** Without the markers of folders. */
  readonly files: number;
  readonly bytes: number;
  readonly largestBytes: number;
  readonly folders: number;
  /** Files whose names say that they are no DICOM, the first of them, and how many there are of each ending. */
  readonly stray: Some & { readonly endings: ReadonlyMap<string, number> };
  /** Files that the prefix takes in although they are not in the folder that it names, and the first of them. */
  readonly beside: Some;
  /** Metadata files of the import configuration that are not there. */
  readonly missing: readonly string[];
  /** Whether there is more than was looked at: too many files for one job. */
  readonly truncated: boolean;
}

/** How many there are, and the first of them. */
export interface Some {
  readonly count: number;
  readonly first: readonly string[];
}

const FIRST = 3;

/** Endings of files that are no DICOM. Names of DICOM files often have none, or end with a number of a UID. */
const NOT_DICOM =
  /(\.(txt|csv|tsv|json|xml|ya?ml|html?|md|pdf|docx?|xlsx?|rtf|log|zip|gz|tgz|tar|7z|rar|jpe?g|png|gif|tiff?|bmp|mp4|nii|nrrd|mhd|stl|exe|dll|sh|py|bat|ini|db|done|tmp|sha256|md5)|(^|\/)(dicomdir|\.ds_store|desktop\.ini|autorun\.inf|_success|\.gitkeep))$/i;

/**
 * Looks at all objects whose keys begin with a prefix, up to what one job may have.
 * @param expected - keys of metadata files, which are no DICOM and belong there.
 */
export async function survey(
  objects: AsyncIterable<S3Object>,
  prefix: string,
  expected: readonly string[] = [],
): Promise<Survey> {
  const stray = collector();
  const endings = new Map<string, number>();
  const beside = collector();
  const missing = new Set(expected);
  const folders = new Set<string>();
  let files = 0;
  let bytes = 0;
  let largestBytes = 0;
  let truncated = false;
  for await (const { key, bytes: size } of objects) {
    // What the console of S3 makes for a folder is no file.
    if (key.endsWith('/')) continue;
    const metadata = expected.includes(key);
    missing.delete(key);
    if (!metadata) {
      if (++files > QUOTAS.files) {
        truncated = true;
        break;
      }
      const [ending] = NOT_DICOM.exec(key) ?? [];
      if (ending !== undefined) {
        const name = ending.replace('/', '').toLowerCase();
        endings.set(name, (endings.get(name) ?? 0) + 1);
        stray.add(key);
      }
      if (prefix !== '' && !prefix.endsWith('/') && !key.startsWith(`${prefix}/`)) beside.add(key);
      bytes += size;
      largestBytes = Math.max(largestBytes, size);
    }
    folders.add(key.slice(0, key.lastIndexOf('/') + 1));
  }
  return {
    files,
    bytes,
    largestBytes,
    folders: folders.size,
    stray: { ...stray.found(), endings },
    beside: beside.found(),
    missing: truncated ? [] : [...missing],
    truncated,
  };
}

function collector(): { add(key: string): void; found(): Some } {
  const first: string[] = [];
  let count = 0;
  return {
    found: () => ({ count, first }),
    add(key) {
      count++;
      if (first.length < FIRST) first.push(key);
    },
  };
}
