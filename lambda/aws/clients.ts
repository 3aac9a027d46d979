import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { MedicalImagingClient } from '@aws-sdk/client-medical-imaging';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

/**
 * The only place that makes SDK clients. Two attempts a call and short timeouts: Step Functions retries for minutes,
 * where a function that sleeps is paid for and a shared quota of 25 reads a second is used up by its retries.
 */
const settings = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true },
};

export const medicalImaging = () => new MedicalImagingClient(settings);
export const s3 = () => new S3Client(settings);
export const stepFunctions = () => new SFNClient(settings);
export const dynamoDB = () => new DynamoDBClient(settings);
export const eventBridge = () => new EventBridgeClient(settings);
export const sns = () => new SNSClient(settings);
