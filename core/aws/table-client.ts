import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLIENT_SETTINGS, type ClientSettings } from './clients.ts';

/** Apart from the other clients: a function that loads those loads this one when it needs it. */
export const dynamoDB = (more?: ClientSettings) => new DynamoDBClient({ ...CLIENT_SETTINGS, ...more });
