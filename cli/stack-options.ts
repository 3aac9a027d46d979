import { type Command, Option } from 'commander';
import { matching } from './options.ts';

/** Where the watcher is: a stack whose outputs tell, or what it tells, one by one. */
export interface StackOptions {
  readonly stack: string;
  readonly stateMachineArn?: string;
  readonly tableName?: string;
  readonly busName?: string;
  readonly topicArn?: string;
}

/** What a command has to know of the watcher. */
export type Part = Exclude<keyof StackOptions, 'stack'>;

/** The stack of the app, `bin/dicom-import-watcher.ts`. */
export const DEFAULT_STACK = 'DicomImportWatcher';

/** Each part: its flag, its variable, what it is, and what it looks like. */
export const PARTS: Readonly<Record<Part, { flag: string; variable: string; output: string; what: string }>> =
  {
    stateMachineArn: {
      flag: '--state-machine-arn',
      variable: 'DICOM_IMPORT_WATCHER_STATE_MACHINE_ARN',
      output: 'StateMachineArn',
      what: 'ARN of the state machine',
    },
    tableName: {
      flag: '--table-name',
      variable: 'DICOM_IMPORT_WATCHER_TABLE_NAME',
      output: 'TableName',
      what: 'name of the table of watches',
    },
    busName: {
      flag: '--bus-name',
      variable: 'DICOM_IMPORT_WATCHER_BUS_NAME',
      output: 'BusName',
      what: 'name or ARN of the event bus',
    },
    topicArn: {
      flag: '--topic-arn',
      variable: 'DICOM_IMPORT_WATCHER_TOPIC_ARN',
      output: 'TopicArn',
      what: 'ARN of the topic for people',
    },
  };

const PARSERS: Readonly<Record<Part, (text: string) => string>> = {
  stateMachineArn: matching({
    pattern: /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[\w-]+$/,
    allowed: 'the ARN of a state machine, such as arn:aws:states:us-east-1:111122223333:stateMachine:Watch',
  }),
  tableName: matching({
    pattern: /^[\w.-]{3,255}$/,
    allowed: 'the name of a table: 3 to 255 letters, digits, "_", "-" and "."',
  }),
  busName: matching({ pattern: /^[\w./:-]{1,1600}$/, allowed: 'the name or the ARN of an event bus' }),
  topicArn: matching({
    pattern: /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/,
    allowed: 'the ARN of a topic, such as arn:aws:sns:us-east-1:111122223333:Imports',
  }),
};

/** Adds the options of {@link StackOptions} that a command needs. */
export function stackOptions(command: Command, parts: readonly Part[]): Command {
  command.addOption(
    new Option('--stack <name>', 'CloudFormation stack of the watcher')
      .env('DICOM_IMPORT_WATCHER_STACK')
      .default(DEFAULT_STACK)
      .argParser(
        matching({
          pattern: /^[A-Za-z][A-Za-z0-9-]{0,127}$|^arn:[\w-]+:cloudformation:/,
          allowed: 'the name or the ARN of a stack: letters, digits and "-"',
        }),
      ),
  );
  for (const part of parts) {
    const { flag, variable, what } = PARTS[part];
    const placeholder = flag.endsWith('-arn') ? '<arn>' : '<name>';
    command.addOption(
      new Option(`${flag} ${placeholder}`, `${what}, in place of the stack`)
        .env(variable)
        .argParser(PARSERS[part]),
    );
  }
  return command;
}
