import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { filesReached } from './imports.ts';
import { thirdPartyNotices } from './notices.ts';
import { bundleEvents, EVENTS_EXPORTS, SCHEMAS } from './package-events.ts';
import { installTools, runWithTools } from './tools.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What `npm run build` made, and where it goes in the package. */
const BUNDLES: Readonly<Record<string, string>> = {
  'dist/lambda': 'assets/lambda',
  'dist/schemas.json': 'assets/schemas.json',
  'dist/cli': 'cli',
};
/** The metadata of esbuild about the bundles, for the licenses of their parts. */
const METAFILES = ['dist/lambda.meta.json', 'dist/cli.meta.json'];

/** The oldest versions that will do; PyPI is a release behind npm. */
const PEERS = { 'aws-cdk-lib': '^2.275.0', constructs: '^10.8.1' };

/** In a CommonJS package, where the build puts the assets beside the constructs. */
const ASSETS_MODULE = `import { join } from 'node:path';

/** The handlers' bundles and the schemas of events. */
export const ASSETS = join(__dirname, '../../assets/');
`;

/**
 * Makes the package that other CDK apps install: the constructs compiled by jsii to CommonJS with types, the bundled handlers,
 * the command line, and nothing else of this repository.
 * @param folder - is emptied first.
 */
export async function makePackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // The constructs, and what they import of `core/contract`: the rest is in the bundles.
  for (const file of filesReached(globSync('lib/**/*.ts', { cwd: ROOT }), ROOT)) {
    await cp(join(ROOT, file), join(folder, file));
  }
  for (const name of globSync('**/*.ts', { cwd: folder })) {
    const file = join(folder, name);
    const text = await readFile(file, 'utf8');
    // Node runs our sources by their file names; jsii's compiler knows modules without.
    await writeFile(file, text.replace(/(from '\.[^']*)\.ts'/g, "$1'"));
  }
  await writeFile(join(folder, 'lib/private/assets.ts'), ASSETS_MODULE);
  for (const [from, to] of Object.entries(BUNDLES)) {
    await cp(join(ROOT, from), join(folder, to), { recursive: true });
  }
  const bundled = await Promise.all(
    METAFILES.map(async (file): Promise<Metafile> => JSON.parse(await readFile(join(ROOT, file), 'utf8'))),
  );
  bundled.push(...(await bundleEvents(join(folder, 'events'))));
  await cp(SCHEMAS, join(folder, 'schemas'), { recursive: true });
  await writeFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(ROOT, bundled));
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) await cp(join(ROOT, file), join(folder, file));
  await writeFile(join(folder, 'package.json'), JSON.stringify(await manifest(), null, 2));
  await writeFile(join(folder, '.npmignore'), IGNORED);
  // For the compiler only: npm does not pack it.
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await jsii(folder);
  for (const file of globSync('{lib,core}/**/*.js', { cwd: folder })) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  }
}

/** The package's TypeScript sources are not shipped, nor what the compiler keeps for itself. */
const IGNORED = `*.ts
!*.d.ts
tsconfig.json
*.tsbuildinfo
node_modules
`;

async function manifest(): Promise<object> {
  const { name, version, description, license, devDependencies } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  return {
    name,
    version,
    description,
    license,
    author: { name: 'The authors of dicom-import-watcher', organization: true },
    repository: { type: 'git', url: `https://github.com/${name}/${name}.git` },
    keywords: ['aws', 'cdk', 'healthimaging', 'dicom', 'step-functions'],
    main: 'lib/index.js',
    types: 'lib/index.d.ts',
    bin: { [name]: 'cli/main.mjs' },
    exports: {
      '.': { types: './lib/index.d.ts', default: './lib/index.js' },
      './events': EVENTS_EXPORTS,
      './schemas/*': './schemas/*',
      // For jsii and its tools.
      './.jsii': './.jsii',
      './package.json': './package.json',
    },
    stability: 'experimental',
    engines: { node: '>=20' },
    peerDependencies: PEERS,
    devDependencies: Object.fromEntries(Object.keys(PEERS).map((peer) => [peer, devDependencies[peer]])),
    jsii: {
      outdir: 'dist',
      versionFormat: 'full',
      targets: { python: { distName: name, module: name.replace(/-/g, '_') } },
    },
  };
}

async function jsii(folder: string): Promise<void> {
  const compiler = join(await installTools('package'), 'node_modules/jsii/bin/jsii');
  try {
    await run(process.execPath, [compiler, '--silence-warnings=reserved-word'], { cwd: folder });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`jsii does not compile the package:\n${stdout}${stderr}`);
  }
}

/** Packs the package. @returns the path of the tarball. */
export async function pack(folder: string, destination: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', folder, '--json', '--pack-destination', destination], {
    cwd: destination,
    maxBuffer: 10_000_000,
  });
  const [{ filename }] = JSON.parse(stdout);
  return join(destination, filename);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runWithTools(async () => {
    await makePackage(join(ROOT, 'dist/package'));
    console.log(`packed ${await pack(join(ROOT, 'dist/package'), join(ROOT, 'dist'))}`);
  });
}
