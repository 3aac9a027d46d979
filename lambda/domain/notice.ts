import { type Detail, PUBLISHED } from '../contract.ts';

/**
 * What every published event has around its data.
 * @param id - the same however often it is published.
 * @param now - milliseconds since the epoch.
 */
export function detailOf<Data>(id: string, data: Data, now: number): Detail<Data> {
  return {
    metadata: { id, schemaVersion: PUBLISHED.schemaVersion, publishedAt: new Date(now).toISOString() },
    data,
  };
}
