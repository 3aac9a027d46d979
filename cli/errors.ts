import { ERRORS } from '../core/contract/names.ts';
import { oneLine } from '../core/domain/text.ts';
import { EXIT } from './exit-status.ts';

/** Ends a command. The message says in one or two sentences what is wrong and what to do. */
export class CliError extends Error {
  readonly exitStatus: number;

  constructor(message: string, { exitStatus = EXIT.failed, ...options }: CliErrorOptions = {}) {
    super(message, options);
    this.name = 'CliError';
    this.exitStatus = exitStatus;
  }
}

interface CliErrorOptions extends ErrorOptions {
  /** @default EXIT.failed */
  readonly exitStatus?: number;
}

/** Ends a command whose options do not go together, or one of whose values is wrong. */
export function usageError(message: string): CliError {
  return new CliError(message, { exitStatus: EXIT.usage });
}

/** What the SDK and Node tell of an error. */
interface Problem {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What is wrong, by the name of the error or what its text begins with; and what to do. */
const REMEDIES: readonly [pattern: RegExp, what: string][] = [
  [
    /CredentialsProviderError|CredentialsError/,
    'There are no AWS credentials. Log in (aws sso login), name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  ],
  [/Region is missing/, 'There is no AWS region. Name one with --region or AWS_REGION.'],
  [
    /ExpiredToken|TokenRefreshRequired|RequestExpired/,
    'The AWS credentials have expired. Log in again, with aws sso login for instance.',
  ],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|IncompleteSignature/,
    'AWS does not accept these credentials. Check that they are of the right account, complete and not deactivated.',
  ],
  [/RequestTimeTooSkewed/, 'The clock of this machine is wrong by more than AWS accepts. Set it.'],
  [
    /AccessDenied|NotAuthorized|Forbidden|AuthorizationError/,
    'These credentials may not do this. Give their role the action that is named, or use others.',
  ],
  [
    /Throttling|TooManyRequests|SlowDown|RequestLimitExceeded/,
    'AWS has too many calls of this account. Try again in a minute.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|TimeoutError|socket hang up/,
    'AWS cannot be reached. Check the network, the region (HealthImaging is not in every one) and the endpoint.',
  ],
  [
    /unknown jobStatus/,
    'HealthImaging gives the job a status that this version does not know. Update dicom-import-watcher.',
  ],
  [/HTTP 5\d\d|InternalServer|InternalError|ServiceUnavailable/, 'AWS has trouble. Try again in a minute.'],
];

/** What is wrong and what to do, for people, and the status to end with. */
export function explain(error: unknown): { readonly message: string; readonly exitStatus: number } {
  if (error instanceof CliError) return { message: error.message, exitStatus: error.exitStatus };
  const { name = 'Error', message = String(error), code, $metadata } = error as Problem;
  const status = $metadata?.httpStatusCode && `HTTP ${$metadata.httpStatusCode}`;
  // The watcher's own names are for its state machine; the message names the error of AWS.
  const ours = name === 'Error' || (Object.values(ERRORS) as string[]).includes(name);
  const what = [ours ? code : name, status].filter(Boolean).join(', ');
  const told = oneLine(!what || message.includes(what) ? message : message ? `${what}: ${message}` : what);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(`${what} ${message}`))?.[1];
  return { message: remedy ? `${remedy}\n  (${told})` : told, exitStatus: EXIT.failed };
}
