import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Time } from '../../core/time.ts';

export const datastoreId = '12345678901234567890123456789012';
export const jobId = '09876543210987654321098765432109';
export const job = { datastoreId, jobId };
export const executionArn = `arn:aws:states:us-east-1:111122223333:execution:watch:${datastoreId}-${jobId}`;
/** What is disclosed unless the owner chooses otherwise. */
export const DISCLOSURE = JSON.stringify({ inEvents: false, inEmails: false, manifestLinks: true });
export const submittedAt = new Date('2026-01-02T03:04:05.678Z');

/** What AWS might quote in an error, and nobody may repeat. */
export const SECRET = 'DOE^JANE in/1.2.3.dcm';

/** A clock that stands still and on which sleep takes no time. */
export class StillTime implements Time {
  readonly slept: number[] = [];
  readonly #now: number;

  /** @param seconds - since the job was submitted. */
  constructor(seconds: number) {
    this.#now = submittedAt.getTime() + seconds * 1000;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
  }
}

/** A clock that only sleep moves on. */
export class MovingTime implements Time {
  #now = submittedAt.getTime();

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    this.#now += ms;
  }
}

/** An object's stream of these chunks; an error among them breaks it there. */
export function body(...chunks: readonly (string | Uint8Array | Error)[]): {
  Body: GetObjectCommandOutput['Body'];
} {
  const stream = Readable.from(
    (async function* () {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk;
        yield Buffer.from(chunk);
      }
    })(),
  );
  return { Body: stream as unknown as GetObjectCommandOutput['Body'] };
}

/** What a socket gives when the other side is gone. */
export function connectionReset(): Error {
  return Object.assign(new Error(`read ECONNRESET ${SECRET}`), { code: 'ECONNRESET' });
}

/** What `call` throws, whatever it is. */
export async function thrownBy(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
