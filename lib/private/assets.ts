import { fileURLToPath } from 'node:url';

/** Where `npm run build` puts what is deployed: `lambda/` with one folder a handler, and `schemas.json`. */
export const ASSETS = fileURLToPath(new URL('../../dist/', import.meta.url));
