import type { ImportOperation } from '../model/service-model.ts';

export type Input = Readonly<Record<string, unknown>>;

/** What a client made of an answer. Times are in seconds since the epoch, as on the wire. */
export type Answer =
  | { readonly output: Record<string, unknown> }
  | { readonly error: { readonly name: string; readonly message: string } };

/** A client of HealthImaging that nobody here wrote. */
export interface Client {
  readonly name: string;
  readonly version: string;
  /** @param attempts - how often it tries in all. */
  call(operation: ImportOperation, input: Input, attempts: number): Promise<Answer>;
  /** All jobs of a data store, by the client's own paginator. */
  listAll(datastoreId: string, pageSize: number): Promise<unknown[]>;
  close(): Promise<void>;
}
