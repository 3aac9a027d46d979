import type { Part } from './part.ts';

/** The parts of `npm run verify`, in their order. Loaded only when they are asked for. */
export const PARTS: Readonly<Record<string, () => Promise<{ part: Part }>>> = {
  clients: () => import('./clients/index.ts'),
  model: () => import('./model/index.ts'),
  contracts: () => import('./contracts/index.ts'),
  files: () => import('./files/index.ts'),
  validators: () => import('./validators/index.ts'),
  interpreter: () => import('./interpreter/index.ts'),
  html: () => import('./html/index.ts'),
  commands: () => import('./commands/index.ts'),
  deploy: () => import('./deploy/index.ts'),
};
