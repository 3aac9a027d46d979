import { DynamoDBClient, GetItemCommand, type GetItemCommandInput } from '@aws-sdk/client-dynamodb';
import {
  MedicalImagingClient,
  StartDICOMImportJobCommand,
  type StartDICOMImportJobCommandInput,
} from '@aws-sdk/client-medical-imaging';
import type { Definition } from '../../local/definition.ts';
import { LocalStateMachine } from '../../local/state-machine.ts';
import type { WatchedCloud } from './watched-cloud.ts';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const lowerFirst = (name: string) => name[0]?.toLowerCase() + name.slice(1);
const upperFirst = (name: string) => name[0]?.toUpperCase() + name.slice(1);
const renamed = (members: object, rename: (name: string) => string) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [rename(name), value]));

/** What Step Functions adds to the names of errors. */
function prefixed(prefix: string) {
  return (error: unknown): never => {
    const { name, message } = error as Error;
    throw Object.assign(new Error(message), { name: `${prefix}.${name}` });
  };
}

/** Runs a pipeline beside the watcher: its nested executions are watches, its imports HealthImaging's. */
export function startPipeline(watched: WatchedCloud, definition: Definition): LocalStateMachine {
  const { environment, machine: watches } = watched.cloud;
  const config = (endpoint: string | undefined) => ({
    endpoint: endpoint ?? '',
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  const healthImaging = new MedicalImagingClient(config(environment.AWS_ENDPOINT_URL_MEDICAL_IMAGING));
  const table = new DynamoDBClient(config(environment.AWS_ENDPOINT_URL_DYNAMODB));

  const follow = async ({ StateMachineArn, Name, Input }: Record<string, string>): Promise<unknown> => {
    if (StateMachineArn !== watches.arn) throw new Error(`there is no state machine ${StateMachineArn}`);
    let execution: ReturnType<typeof watches.start>;
    try {
      execution = watches.start(Name ?? '', JSON.stringify(Input));
    } catch (error) {
      return prefixed('StepFunctions')(
        Object.assign(error as Error, { name: 'ExecutionAlreadyExistsException' }),
      );
    }
    while (execution.status === 'RUNNING') await watched.clock.sleep(1000);
    if (execution.status !== 'SUCCEEDED') {
      throw Object.assign(new Error('the nested execution failed'), { name: 'States.TaskFailed' });
    }
    return { Output: execution.output, Status: execution.status };
  };
  return new LocalStateMachine({
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:Pipeline',
    definition,
    clock: watched.clock,
    random: () => 1,
    onStatusChange: () => {},
    runTask: async (resource, parameters) => {
      switch (resource) {
        case 'arn:aws:states:::aws-sdk:medicalimaging:startDICOMImportJob': {
          const input = renamed(
            parameters as object,
            lowerFirst,
          ) as unknown as StartDICOMImportJobCommandInput;
          const { $metadata: _, ...output } = await healthImaging
            .send(new StartDICOMImportJobCommand(input))
            .catch(prefixed('MedicalImaging'));
          return renamed(output, upperFirst);
        }
        case 'arn:aws:states:::states:startExecution.sync:2':
          return follow(parameters as Record<string, string>);
        case 'arn:aws:states:::dynamodb:getItem': {
          const { $metadata: _, ...output } = await table.send(
            new GetItemCommand(parameters as GetItemCommandInput),
          );
          return output;
        }
        default:
          throw new Error(`the pipeline does not know the resource ${resource}`);
      }
    },
  });
}
