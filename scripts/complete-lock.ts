/**
 * Completes package-lock.json after `npm install`.
 *
 * npm leaves a package for another platform out of the lock where the registry in use (a mirror, say) does not hold it,
 * and `npm ci` then refuses the lock on every machine. This writes the missing entries, with the version the parent asks
 * for and the platform its name tells.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  version: string;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  license?: string;
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const LOCK = new URL('../package-lock.json', import.meta.url);
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
  return { cpu: [cpu], ...(libc && { libc: [libc] }), ...(os && { os: [os] }) };
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, Entry> };
const missing: Record<string, Entry> = {};
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (lock.packages[`${path}/node_modules/${name}`] || lock.packages[`node_modules/${name}`]) continue;
    const { license, engines, dev } = parent;
    missing[`node_modules/${name}`] = {
      version,
      ...platformOf(name.replace(/^@[^/]+\//, '')),
      ...(dev && { dev }),
      optional: true,
      ...(license && { license }),
      ...(engines && { engines }),
    };
  }
}
const packages = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) =>
  a.localeCompare(b, 'en'),
);
writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
console.log(`Entries added to package-lock.json: ${Object.keys(missing).length}`);
