/**
 * Completes the lock files, of package.json and of the tools, after `npm install`.
 *
 * npm leaves a package for another platform out of the lock where the registry in use (a mirror, say) does not hold it,
 * and `npm ci` then refuses the lock on every machine. This writes the missing entries, with the version the parent asks
 * for and the platform its name tells.
 *
 * It also takes the versions of Node out that packages ask for: npm would hold them to the Node that it runs on itself, while ours
 * run on the Node that it installs.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Entry {
  version: string;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  inBundle?: boolean;
  license?: string;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OS = /android|darwin|freebsd|linux|openharmony|win32/;
const CPU = /arm64|x64|ia32|loong64|ppc64|riscv64|s390x|wasm32|arm/;

function platformOf(name: string): Pick<Entry, 'cpu' | 'os' | 'libc'> {
  const cpu = CPU.exec(name)?.[0];
  const os = OS.exec(name)?.[0];
  if (!cpu || (!os && cpu !== 'wasm32')) {
    throw new Error(
      `The lock lacks ${name}, and its name does not tell for which platform it is. Add it by hand.`,
    );
  }
  const libc =
    os !== 'linux' ? undefined : /musl/.test(name) ? 'musl' : /gnu$/.test(name) ? 'glibc' : undefined;
  return { cpu: [cpu], libc: libc && [libc], os: os ? [os] : undefined };
}

/** The packages in a lock, by the folders that they are installed in. The path '' is the package that asks for them. */
export type Packages = Record<string, Entry>;

/** The optional packages that a lock lacks: who asks for them, their name and version. */
export function missingFrom(packages: Packages): { parent: Entry; name: string; version: string }[] {
  return Object.entries(packages).flatMap(([path, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !foldersAbove(path).some((folder) => packages[`${folder}node_modules/${name}`]))
      .map(([name, version]) => ({ parent, name, version })),
  );
}

/** Where a package looks for another: in itself, in the one that it is in, and so on to the root. */
function foldersAbove(path: string): string[] {
  const inner = [...path.matchAll(/(?<=^|\/)node_modules\/(?:@[^/]+\/)?[^/]+/g)];
  return ['', ...inner.map(({ 0: name, index }) => `${path.slice(0, index + name.length)}/`)];
}

/** @returns how many entries were missing. */
function complete(file: string): number {
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages };
  // What we ask for ourselves stays.
  for (const [path, entry] of Object.entries(lock.packages)) if (path) delete entry.engines;
  const missing = missingFrom(lock.packages).map(
    ({ parent: { license, dev }, name, version }): [string, Entry] => [
      `node_modules/${name}`,
      {
        version,
        ...platformOf(name.replace(/^@[^/]+\//, '')),
        dev,
        optional: true,
        license,
      },
    ],
  );
  const packages = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  return missing.length;
}

/** The lock of package.json, and those of the tools. */
export const LOCKS = globSync(['package-lock.json', 'tools/*/package-lock.json'], { cwd: ROOT });

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of LOCKS) console.log(`Entries added to ${file}: ${complete(join(ROOT, file))}`);
}
