import type { ERRORS } from '../contract/names.ts';
import { oneLine } from '../domain/text.ts';

/**
 * An error that the state machine knows by name. Its message holds the name, status and request id of what AWS
 * answered, never AWS's own message: that can quote keys, and this one ends up in logs and in the execution history.
 */
export class WatchError extends Error {
  constructor(name: (typeof ERRORS)[keyof typeof ERRORS], message: string) {
    super(oneLine(message));
    this.name = name;
  }
}

/** A {@link WatchError} because AWS had too many calls. */
export class ThrottledError extends WatchError {}

/** The parts of an SDK error that are safe to tell. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** HTTP status of what AWS answered, or undefined where it could not be reached. */
export function httpStatus(error: unknown): number | undefined {
  return (error as SdkError).$metadata?.httpStatusCode;
}

/** Whether the same call may succeed later: throttled, a server error, or no answer at all. */
export function isPassing(error: unknown): boolean {
  const status = httpStatus(error);
  return status === undefined || status === 429 || status >= 500;
}

/** Whether AWS had too many calls. */
export function isThrottled(error: unknown): boolean {
  return httpStatus(error) === 429 || (error as SdkError).name === 'ThrottlingException';
}

/** `ThrottlingException, HTTP 429, request 1b2c…` */
export function describe(error: unknown): string {
  const { name, code, $metadata } = error as SdkError;
  return [
    name && name !== 'Error' ? name : (code ?? 'unknown error'),
    $metadata?.httpStatusCode && `HTTP ${$metadata.httpStatusCode}`,
    $metadata?.requestId && `request ${$metadata.requestId}`,
  ]
    .filter(Boolean)
    .join(', ');
}
