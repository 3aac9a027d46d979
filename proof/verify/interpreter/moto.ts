import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PLACE } from '../../../local/template.ts';
import { python } from '../python.ts';
import { freePort, type Servers } from '../servers.ts';

const CREDENTIALS = { accessKeyId: 'moto', secretAccessKey: 'moto' };

/** The state machine in moto's interpreter, and what is asked of it with the real client. */
export class Moto {
  readonly endpoint: string;
  readonly #client: SFNClient;
  #arn = '';

  private constructor(endpoint: string) {
    this.endpoint = endpoint;
    this.#client = new SFNClient({ endpoint, region: PLACE.region, credentials: CREDENTIALS });
  }

  /** @param tasksAt - where moto calls the services of the tasks. */
  static async start(servers: Servers, tasksAt: string): Promise<Moto> {
    const tools = await python('tools');
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    await servers.start({
      command: tools.command('moto_server'),
      args: ['-H', '127.0.0.1', '-p', String(port)],
      // Where moto looks for "itself" when a task calls a service; it listens on the port above.
      env: { MOTO_PORT: new URL(tasksAt).port, MOTO_ACCOUNT_ID: PLACE.account },
      url: `${endpoint}/moto-api/config`,
    });
    const settings = { lambda: { use_docker: false }, stepfunctions: { execute_state_machine: true } };
    const answer = await fetch(`${endpoint}/moto-api/config`, {
      method: 'POST',
      body: JSON.stringify(settings),
    });
    if (!answer.ok) throw new Error(`moto refuses its settings: ${answer.status} ${await answer.text()}`);
    return new Moto(endpoint);
  }

  async create(name: string, definition: string): Promise<void> {
    const roleArn = `arn:aws:iam::${PLACE.account}:role/watcher`;
    const { stateMachineArn = '' } = await this.#client.send(
      new CreateStateMachineCommand({ name, definition, roleArn }),
    );
    this.#arn = stateMachineArn;
  }

  get arn(): string {
    return this.#arn;
  }

  executionArn(name: string): string {
    return `${this.#arn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  async startExecution(name: string, input: string): Promise<void> {
    await this.#client.send(new StartExecutionCommand({ stateMachineArn: this.#arn, name, input }));
  }

  async stopExecution(name: string): Promise<void> {
    await this.#client.send(new StopExecutionCommand({ executionArn: this.executionArn(name) }));
  }

  /** @returns undefined where there is no such execution. */
  async describe(name: string): Promise<DescribeExecutionCommandOutput | undefined> {
    try {
      return await this.#client.send(new DescribeExecutionCommand({ executionArn: this.executionArn(name) }));
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  }

  async history(name: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    const input = { executionArn: this.executionArn(name) };
    for await (const page of paginateGetExecutionHistory({ client: this.#client }, input)) {
      events.push(...(page.events ?? []));
    }
    return events;
  }

  /** The names of all executions. */
  async executions(): Promise<string[]> {
    const { executions = [] } = await this.#client.send(
      new ListExecutionsCommand({ stateMachineArn: this.#arn, maxResults: 1000 }),
    );
    return executions.map(({ name = '' }) => name);
  }

  stop(): void {
    this.#client.destroy();
  }
}
