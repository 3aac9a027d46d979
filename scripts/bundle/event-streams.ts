/** In place of the SDK's event streams: the clients set them up, and no call that we make has one. */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

/** @throws Error where a call asks for an event stream after all. */
export function eventStreamSerdeProvider(): never {
  throw new Error('event streams are left out of the bundles (scripts/bundle/event-streams.ts)');
}
