import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/**
 * This and `table-client.ts` are the only places that make SDK clients. Two attempts a call and short timeouts: Step Functions retries for minutes,
 * where a function that sleeps is paid for and a shared quota of 25 reads a second is used up by its retries.
 */
export const CLIENT_SETTINGS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
};

/** What the command line asks for and the functions leave to their environment. */
export interface ClientSettings {
  readonly region?: string;
  readonly profile?: string;
  readonly endpoint?: string;
}

export const medicalImaging = (more?: ClientSettings) =>
  new MedicalImagingClient({ ...CLIENT_SETTINGS, ...more });
/** A bucket of another region is asked there: it answers 301 here. */
export const s3 = (more?: ClientSettings & S3ClientConfig) =>
  new S3Client({ ...CLIENT_SETTINGS, followRegionRedirects: true, ...more });
/** For thousands of objects: many sockets, and where S3 asks for it the SDK slows down and tries again. */
export const s3ForMany = (more?: ClientSettings & S3ClientConfig) => {
  const agent = { maxSockets: 128, keepAlive: true };
  const requestHandler = { ...CLIENT_SETTINGS.requestHandler, httpAgent: agent, httpsAgent: agent };
  return s3({ requestHandler, retryMode: 'adaptive', maxAttempts: 8, ...more });
};
export const stepFunctions = (more?: ClientSettings) => new SFNClient({ ...CLIENT_SETTINGS, ...more });
export const eventBridge = (more?: ClientSettings) => new EventBridgeClient({ ...CLIENT_SETTINGS, ...more });
export const sns = (more?: ClientSettings) => new SNSClient({ ...CLIENT_SETTINGS, ...more });

// Only the command line makes these, and few of its commands: they are loaded when they are asked for.
export const cloudFormation = async (more?: ClientSettings) => {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  return new CloudFormationClient({ ...CLIENT_SETTINGS, ...more });
};
export const cloudWatch = async (more?: ClientSettings) => {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  return new CloudWatchClient({ ...CLIENT_SETTINGS, ...more });
};
export const sqs = async (more?: ClientSettings) => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  // An endpoint that is asked for comes before the host in the URL of a queue.
  return new SQSClient({ ...CLIENT_SETTINGS, ...more, useQueueUrlAsEndpoint: false });
};
