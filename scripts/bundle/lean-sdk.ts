import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { withNameOnly } from './own-source-maps.ts';

/** Rewrites files of the SDK's clients so that esbuild can leave out what is not used. They do the same as before. */
export const leanSdk: Plugin = {
  name: 'lean-sdk',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/].*[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: withNameOnly(path, leanSchemas(await readFile(path, 'utf8'))),
    }));
    // A function has no shared configuration files: what is not in its environment has its default.
    onLoad({ filter: /[\\/]node-config-provider[\\/]fromSharedConfigFiles\.js$/ }, async ({ path }) => ({
      contents: withNameOnly(path, NO_SHARED_FILES),
    }));
    onLoad({ filter: /[\\/](@smithy|@aws)[\\/].*\.js$/ }, async ({ path }) => ({
      contents: withNameOnly(path, withoutDynamicImports(await readFile(path, 'utf8'))),
    }));
    // Each client carries its whole package.json for the version that it tells AWS.
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * The shapes of a service's calls. Their keys are constants, `{ [_hH]: … }`, which esbuild takes for code that may do
 * something: as text, `{ "httpHeader": … }`, shapes of calls that we do not make are left out. So are the classes of
 * errors, which nothing but their registration needs: an error without a class has its name from the answer, and we know
 * errors by their names.
 */
export function leanSchemas(source: string): string {
  const constants = new Map(
    [...source.matchAll(/^const (_\w+) = (".*");$/gm)].map(([, name = '', text = '']) => [name, text]),
  );
  return source
    .replace(/\[(_\w+)\]:/g, (key, name) => (constants.has(name) ? `${constants.get(name)}:` : key))
    .replace(/^n\d+_registry\.registerError\(.+\);$/gm, '');
}

const NO_SHARED_FILES = `import { CredentialsProviderError } from "../property-provider/CredentialsProviderError";
export const fromSharedConfigFiles = () => async () => {
  throw new CredentialsProviderError("not in the environment");
};`;

/**
 * Without `import()`: of Node's own modules it costs what scripts/bundle/node-builtins.ts says, and of other files it makes
 * esbuild put these into files of their own.
 */
export function withoutDynamicImports(source: string): string {
  const modules = new Set<string>();
  const rewritten = source
    .replace(/await import\((["']node:[\w/]+["'])\)/g, 'process.getBuiltinModule($1)')
    .replace(/await import\((["']@smithy\/[\w/-]+["'])\)/g, (_, name) => `imported${modules.add(name).size}`);
  return [...modules].map((name, i) => `import * as imported${i + 1} from ${name};\n`).join('') + rewritten;
}
