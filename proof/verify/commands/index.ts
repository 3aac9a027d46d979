import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { program } from '../../../cli/program.ts';
import { blocksOf, commandsOf, DOCUMENTS } from '../documents.ts';
import { awsEnvironment } from '../environment.ts';
import type { Part } from '../part.ts';
import { python } from '../python.ts';

const LINK =
  'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:111122223333:Imports&Token=0123456789abcdef';
/** What somebody puts in place of what stands in angle brackets. */
const VALUES: Readonly<Record<string, string>> = {
  arn: 'arn:aws:iam::111122223333:role/DicomImport',
  bucket: 'my-import-output',
  datastoreId: '12345678901234567890123456789012',
  ExecutionArn: 'arn:aws:states:us-east-1:111122223333:execution:Watch:name',
  FunctionName: 'Sweep',
  id: '12345678901234567890123456789012',
  'in 120 days, in seconds since 1970': '1800000000',
  jobId: '09876543210987654321098765432109',
  'link of the confirmation email': LINK,
  LogGroup: '/aws/lambda/Sweep',
  QueueArn: 'arn:aws:sqs:us-east-1:111122223333:Queue',
  QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/Queue',
  StateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:Watch',
  Sweep: 'Sweep',
  SweepSchedule: 'SweepSchedule',
  TableName: 'Watches',
  'the link': LINK,
  'Token in the link of the confirmation email': '0123456789abcdef',
  TopicArn: 'arn:aws:sns:us-east-1:111122223333:Imports',
};

/** Version 1 of the aws CLI, which pip has, does not know these options of version 2. */
const OF_VERSION_2 = / --cli-binary-format raw-in-base64-out/;

export const part: Part = {
  proves: 'the aws CLI and our own command line understand every command that the documents print',
  async run({ results }) {
    for (const document of DOCUMENTS) {
      const commands = (await blocksOf(document))
        .filter(({ language }) => language === '')
        .flatMap(commandsOf)
        .map((line) => line.replace(/^\$ /, ''));
      const ofAws = commands.filter((line) => line.startsWith('aws '));
      const verdicts = await parsedByAws(ofAws.map((line) => filled(line).replace(OF_VERSION_2, '')));
      for (const [i, line] of ofAws.entries()) {
        if (verdicts[i] === null) results.pass(`${document}: ${line}`);
        else results.fail(`${document}: ${line}`, verdicts[i] ?? 'the aws CLI said nothing of it');
      }
      for (const line of commands.filter((each) => each.startsWith('npx dicom-import-watcher '))) {
        await results.check(`${document}: ${line}`, () => parse(filled(line)));
      }
    }
  },
};

/** @throws Error where a place in angle brackets has no value here. */
function filled(line: string): string {
  return line.replaceAll(/<([^<>]+)>/g, (_, name: string) => {
    const value = VALUES[name];
    if (value === undefined) throw new Error(`nobody has said here what <${name}> is, in: ${line}`);
    return value;
  });
}

/** What the aws CLI says against each command; null where it says nothing. */
async function parsedByAws(lines: readonly string[]): Promise<readonly (string | null)[]> {
  if (lines.length === 0) return [];
  const script = fileURLToPath(new URL('parse_aws.py', import.meta.url));
  const command = (await python('tools')).command('python');
  return new Promise((resolve, reject) => {
    const child = execFile(command, [script], { env: awsEnvironment({}) }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message));
      else resolve(JSON.parse(stdout));
    });
    child.stdin?.end(JSON.stringify(lines));
  });
}

/** Parsed, and no more. */
class Parsed extends Error {}

/** Lets our own command line parse a command. @throws Error with what it says against it. */
async function parse(line: string): Promise<void> {
  // Quotes stand around whole words only.
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)]
    .map(([, quoted, word]) => quoted ?? word ?? '')
    .slice(2);
  const root = program('', args);
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  for (const each of [root, ...root.commands]) {
    each.configureOutput({ writeErr: say, writeOut: () => {}, outputError: say });
    each.hook('preAction', () => {
      throw new Parsed();
    });
  }
  const end = await root.parseAsync(args, { from: 'user' }).catch((error: unknown) => error);
  const isHelp = (end as { code?: string }).code === 'commander.helpDisplayed';
  if (!(end instanceof Parsed) && !isHelp) throw new Error(said || String(end));
}
