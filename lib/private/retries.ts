import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { ERRORS } from '../../core/contract/names.ts';

/** What Lambda itself answers while it, or the network before it, has a passing problem. */
const LAMBDA_PASSING = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  'Lambda.ResourceNotReadyException', // the function was not used for long, and is woken
  // In a VPC, while EC2 or its subnets are short of something.
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
  'Lambda.ENILimitReachedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.Unknown', // the function was killed, for instance when its memory ran out
  'Runtime.ExitError', // the same, as the runtime says it
  'Sandbox.Timedout', // the function ran into its own timeout
  'States.Timeout', // the task ran into its TimeoutSeconds
];

/** No second try: neither the execution input nor the definition changes, nor what the functions know. */
const NEVER: RetryProps = {
  errors: [ERRORS.invalidWatchInput, ERRORS.unknownJobStatus, ERRORS.unreadablePayload],
  maxAttempts: 0,
};

/**
 * An outage of what a function reads. 5 s * 2^n, at most 5 min: 6 tries in the first five minutes, then one every five
 * minutes, 3.3 hours in all without jitter and half of it on average with, so that almost no watch fails because of an hour of throttling.
 * Many watches that go on together then ask over five minutes, not at once. At most 135 history events.
 */
const OUTAGE: RetryProps = {
  errors: [
    ERRORS.healthImagingUnavailable,
    ERRORS.manifestStoreUnavailable,
    ERRORS.watchesUnavailable,
    ...LAMBDA_PASSING,
  ],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  maxAttempts: 45,
  jitterStrategy: JitterType.FULL,
};

/**
 * What will be there in a moment. 5 + 7.5 + 11.3 + 16.9 + 25.3 + 15 * 30 = 516 s, more than the 300 s after the end of
 * a job for which the function asks to be called again. No jitter: it would halve that.
 */
const NOT_READY: RetryProps = {
  errors: [ERRORS.manifestNotReady, ERRORS.staleRead],
  interval: Duration.seconds(5),
  backoffRate: 1.5,
  maxDelay: Duration.seconds(30),
  maxAttempts: 20,
};

/** Anything else that a function throws, a refusal for instance: 2 + 4 + 8 s, then people have to look. */
const UNEXPECTED: RetryProps = {
  errors: ['States.TaskFailed'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 3,
};

/** Calls of AWS services without a function between: 2 + 4 + 8 + 16 + 32 + 7 * 60 s, about 8 minutes without jitter. */
const SERVICE: RetryProps = {
  errors: ['States.ALL'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  maxAttempts: 12,
  jitterStrategy: JitterType.FULL,
};

/** Retries of a task that invokes one of our functions, in the order in which they are tried. */
export const FUNCTION_RETRIES: readonly RetryProps[] = [NEVER, NOT_READY, OUTAGE, UNEXPECTED];

/** Retries of a task that calls an AWS service directly. */
export const SERVICE_RETRIES: readonly RetryProps[] = [SERVICE];

/** Retries of the wait: all but `States.Timeout`, with which it ends when no news came. */
export const WAIT_RETRIES: readonly RetryProps[] = [{ ...SERVICE, errors: ['States.TaskFailed'] }];
