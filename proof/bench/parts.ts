/** What a module of a part has. */
export interface Part {
  /** Its markdown, from the heading on. */
  readonly section: () => string | Promise<string>;
  /** Pictures that the section shows: the text of each by its name in docs/. */
  readonly pictures?: () => Record<string, string> | Promise<Record<string, string>>;
}

/** The parts by name, in the order in which the page has them. Each is loaded when it is run. */
export const PARTS: Readonly<Record<string, { repeatable: boolean; load: () => Promise<Part> }>> = {
  'lag-and-cost': { repeatable: true, load: () => import('./lag-and-cost.ts') },
  scale: { repeatable: false, load: () => import('./scale.ts') },
  bundles: { repeatable: false, load: () => import('./bundles.ts') },
  manifests: { repeatable: false, load: () => import('./manifests.ts') },
  'manifest-memory': { repeatable: false, load: () => import('./manifest-memory.ts') },
  campaign: { repeatable: false, load: () => import('./campaign.ts') },
  digest: { repeatable: false, load: () => import('./digest.ts') },
  'command-line': { repeatable: false, load: () => import('./command-line.ts') },
  fleet: { repeatable: false, load: () => import('./fleet.ts') },
  migration: { repeatable: false, load: () => import('./migration.ts') },
  'developer-loop': { repeatable: false, load: () => import('./developer-loop.ts') },
};
