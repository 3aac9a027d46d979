import {
  type MedicalImagingClient,
  StartDICOMImportJobCommand,
  type StartDICOMImportJobCommandInput,
} from '@aws-sdk/client-medical-imaging';
import { describe, httpStatus, isPassing } from '../../core/aws/errors.ts';
import type { Time } from '../../core/time.ts';
import { backoffSeconds, NO_ANSWER_SECONDS } from '../aws/backoff.ts';
import type { Observer } from '../terminal/progress.ts';
import type { ImportConfiguration } from './import-configuration.ts';

/** Between two tries where the data store has as many jobs as it may: they run for minutes. */
const FULL_SECONDS = 15;

export interface StartRequest extends Omit<StartDICOMImportJobCommandInput, 'clientToken'> {
  /** The same on every try: it starts one job at most. */
  readonly clientToken: string;
  readonly importConfiguration?: ImportConfiguration | undefined;
}

export interface Started {
  readonly datastoreId: string;
  readonly jobId: string;
  readonly jobStatus: string;
  /** ISO 8601. */
  readonly submittedAt?: string;
}

/** What the tries came to. While one is under way, or after one whose answer was lost, a job may have been started. */
export interface Tries {
  mayHaveStarted: boolean;
}

/**
 * Starts an import job, and tries again while HealthImaging throttles, has trouble, or the data store is full.
 * @throws the error of AWS where it refuses, or has not answered for a minute.
 */
export async function startJob(
  client: MedicalImagingClient,
  request: StartRequest,
  observer: Pick<Observer, 'trouble'>,
  time: Time,
  tries: Tries = { mayHaveStarted: false },
): Promise<Started> {
  const began = time.now();
  for (let failures = 1; ; failures++) {
    try {
      const {
        datastoreId = '',
        jobId = '',
        jobStatus = '',
        submittedAt,
      } = await client.send(commandOf(request, tries));
      return {
        datastoreId,
        jobId,
        jobStatus,
        submittedAt: submittedAt?.toISOString(),
      };
    } catch (error) {
      const wait = waitAfter(error, failures, (time.now() - began) / 1000);
      if (wait === undefined) throw error;
      observer.trouble(wait.why, wait.seconds);
      await time.sleep(wait.seconds * 1000);
    }
  }
}

function waitAfter(
  error: unknown,
  failures: number,
  triedSeconds: number,
): { why: string; seconds: number } | undefined {
  const status = httpStatus(error);
  const seconds = backoffSeconds(failures);
  // The SDK does not try this one again (docs/healthimaging.md#3-errors).
  if (status === 402) {
    const why = 'the data store has as many running import jobs as it may';
    return { why, seconds: Math.max(FULL_SECONDS, seconds) };
  }
  const neverAnswered = status === undefined && triedSeconds >= NO_ANSWER_SECONDS;
  if (!isPassing(error) || neverAnswered) return undefined;
  return { why: `StartDICOMImportJob: ${describe(error)}`, seconds };
}

/** Whether a request was never sent: nobody could be connected to. */
function isUnsent(error: unknown): boolean {
  const { syscall, errors, message = '' } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  // Of a host with several addresses.
  if (errors?.length) return errors.every(isUnsent);
  return (
    syscall === 'connect' || syscall === 'getaddrinfo' || /without establishing a connection/.test(message)
  );
}

/** The command; the SDK 3.958.0 drops `importConfiguration` (docs/healthimaging.md#2-import-configuration). */
function commandOf(
  { importConfiguration, ...input }: StartRequest,
  tries: Tries,
): StartDICOMImportJobCommand {
  const command = new StartDICOMImportJobCommand(input);
  // Around each try, those of the SDK as well: what it throws in the end is the error of its last one.
  command.middlewareStack.add(
    (next) => async (args) => {
      const before = tries.mayHaveStarted;
      tries.mayHaveStarted = true;
      try {
        const result = await next(args);
        // A refusal is an answer: no job was started.
        const { statusCode = 0 } = result.response as { statusCode?: number };
        if (statusCode >= 400 && statusCode < 500) tries.mayHaveStarted = before;
        return result;
      } catch (error) {
        if (isUnsent(error)) tries.mayHaveStarted = before;
        throw error;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'noteTry' },
  );
  if (importConfiguration) {
    command.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string };
        request.body = JSON.stringify({ ...JSON.parse(request.body), importConfiguration });
        return next(args);
      },
      // After the serializer, and before the length is taken and the signature made.
      { step: 'build', priority: 'high', name: 'addImportConfiguration' },
    );
  }
  return command;
}
