import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Source maps with every line of ours, and of the packages' files the names only: a function that reads its map has an error
 * to tell, and nine tenths of the map would be the packages'.
 */
export const ownSourceMaps: Plugin = {
  name: 'own-source-maps',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => ({
      contents: withNameOnly(path, await readFile(path, 'utf8')),
    }));
  },
};

/** What a file of a package holds, with a map that tells its name only. */
export function withNameOnly(path: string, source: string): string {
  const map = JSON.stringify({ version: 3, sources: [basename(path)], mappings: 'AAAA' });
  const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
  return `${source}\n//# sourceMappingURL=${url}`;
}
