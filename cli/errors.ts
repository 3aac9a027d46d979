import { ERRORS } from '../core/contract/names.ts';
import { HEALTHIMAGING_REGIONS } from '../core/contract/regions.ts';
import { oneLine } from '../core/domain/text.ts';
import { EXIT } from './exit-status.ts';
import { systemReason } from './system-errors.ts';

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

/** What the SDK and Node report about an error. */
interface Problem {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  /** Of a file. */
  readonly path?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What is wrong, by the name of the error or what its text begins with; and what to do. */
const REMEDIES: readonly [pattern: RegExp, what: string][] = [
  [
    /SSO|sso login|TokenProviderError/,
    'Nobody is logged in to AWS, or the login has expired. Log in: aws sso login',
  ],
  [
    /CredentialsProviderError|CredentialsError/,
    'There are no AWS credentials, or they cannot be renewed. Log in again, or use others (--profile, AWS_PROFILE).',
  ],
  [
    /ExpiredToken|TokenRefreshRequired|RequestExpired|ExpiredCredentials/,
    'The AWS credentials have expired. Log in again, for example with aws sso login.',
  ],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|IncompleteSignature|OptInRequired/,
    'AWS does not accept these credentials. Check that they are complete, active and of the right account, and that the account has enabled the region.',
  ],
  [
    /AccessDenied|NotAuthorized|Forbidden|AuthorizationError/,
    'These credentials do not allow this action. Give their role the action that is named, or use other credentials.',
  ],
  [
    /Throttling|TooManyRequests|SlowDown|RequestLimitExceeded/,
    'AWS throttles this account because of too many calls. Try again in a minute.',
  ],
  [/NoSuchBucket/, 'There is no such bucket. Check its name, and the account.'],
  [
    /ResourceNotFound|DoesNotExist|NotFoundException|NonExistentQueue|ValidationError.*does not exist/,
    'AWS does not know this in the account and region. Check the name or id, the region and the account.',
  ],
  [
    /ENOTFOUND/,
    `There is no host of this name. Check the region, the endpoint and the network. HealthImaging is in ${HEALTHIMAGING_REGIONS.join(', ')}.`,
  ],
  [
    /ECONNREFUSED/,
    'Nothing answers there. Check the endpoint (--endpoint-url, AWS_ENDPOINT_URL) and the network.',
  ],
  [
    /EAI_AGAIN|ECONNRESET|ECONNABORTED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ETIMEDOUT|EPIPE|TimeoutError|socket hang up/,
    'AWS cannot be reached. Check the network, the region (not every region has HealthImaging) and the endpoint.',
  ],
  [/unknown jobStatus/, 'The job has a status that this version does not know. Update dicom-import-watcher.'],
  [
    /CERT_|_CERT|ERR_TLS|ERR_SSL|UNABLE_TO_(GET|VERIFY)|EPROTO|self.signed certificate/,
    'The TLS connection failed. If a proxy uses its own certificate, name the file of it in NODE_EXTRA_CA_CERTS. Check the endpoint, too: does its URL begin with https where it should be http?',
  ],
  [
    /Deserialization error|Unexpected token|is not valid JSON|SyntaxError/,
    'What answered is not AWS. Check the endpoint, and proxies on the way.',
  ],
  [/unknown jobStatus/, 'The job has a status that this version does not know. Update dicom-import-watcher.'],
];

/** What is wrong and what to do, for people, and the status to end with. */
export function explain(error: unknown): { readonly message: string; readonly exitStatus: number } {
  if (error instanceof CliError) return { message: error.message, exitStatus: error.exitStatus };
  const { name = 'Error', message = String(error), code, path, $metadata } = error as Problem;
  const reason = systemReason(error);
  if (reason && path !== undefined) {
    return { message: `${oneLine(path)} cannot be used (${reason}).`, exitStatus: EXIT.failed };
  }
  const status = $metadata?.httpStatusCode && `HTTP ${$metadata.httpStatusCode}`;
  // The watcher's own names are for its state machine; the message names the error of AWS.
  const ours = name === 'Error' || (Object.values(ERRORS) as string[]).includes(name);
  const what = [ours ? code : name, status].filter(Boolean).join(', ');
  const told = oneLine(!what || message.includes(what) ? message : message ? `${what}: ${message}` : what);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(`${what} ${message}`))?.[1];
  return { message: remedy ? `${remedy}\n  (${told})` : told, exitStatus: EXIT.failed };
}
