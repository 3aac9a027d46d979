import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Rewrites files of the SDK's clients so that esbuild can leave out what is not used. They do the same as before. */
export const leanSdk: Plugin = {
  name: 'lean-sdk',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/].*[\\/]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: leanSchemas(await readFile(path, 'utf8')),
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
