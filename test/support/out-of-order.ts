import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';

const CLIENTS = { dynamoDB: DynamoDBClient, eventBridge: EventBridgeClient, sns: SNSClient };

/** How a call goes wrong: it is refused, or done without its answer arriving. */
export type Trouble = 'refused' | 'answer lost';

interface Sender {
  send(command: { input: object; constructor: { name: string } }, ...rest: unknown[]): Promise<unknown>;
}

/**
 * Lets calls of a service go wrong in this process, whoever makes them.
 * @param hits - tells which, by operation and the JSON of the input; default: all.
 * @returns what ends it.
 */
export function putOutOfOrder(
  service: keyof typeof CLIENTS,
  trouble: Trouble = 'refused',
  hits: (operation: string, input: string) => boolean = () => true,
): () => void {
  const prototype = CLIENTS[service].prototype as unknown as Sender;
  const { send } = prototype;
  prototype.send = async function (this: Sender, command, ...rest) {
    const hit = hits(command.constructor.name.replace(/Command$/, ''), JSON.stringify(command.input));
    if (hit && trouble === 'refused') throw outage();
    const answer = await send.call(this, command, ...rest);
    if (hit) throw outage();
    return answer;
  };
  return () => {
    prototype.send = send;
  };
}

const outage = () => Object.assign(new Error('out of order'), { name: 'InternalError' });
