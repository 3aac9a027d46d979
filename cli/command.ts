import { Command, type Option } from 'commander';
import { oneLine } from '../core/domain/text.ts';
import { EXIT } from './exit-status.ts';
import { write } from './terminal/stream.ts';
import { widthOf, wrapped } from './terminal/wrap.ts';

/** How the command is called. */
export const PROGRAM = 'dicom-import-watcher';

/** What does a command's work. Its module is loaded when the command runs, so that help is quick. */
export interface Runner<Options> {
  /**
   * @param args - the arguments of the command, parsed.
   * @returns the status to end with. Default: 0.
   */
  run(options: Options, ...args: never[]): Promise<number | undefined> | Promise<void>;
}

/** What each command line has ended with. */
const statuses = new WeakMap<Command, number>();

/** The status that a command line has ended with; of one in which no command ran, that of a failure. */
export function statusOf(root: Command): number {
  return statuses.get(root) ?? EXIT.failed;
}

/**
 * Takes the check of required options from commander, which ends at the first one that is missing, and does so before it looks for
 * mistyped ones.
 */
export function refuseMissingTogether(each: Command): Command {
  const required = each.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.makeOptionMandatory(false);
  return each.hook('preAction', () => {
    const missing = required.filter((option) => each.getOptionValue(option.attributeName()) === undefined);
    if (missing.length === 0) return;
    const list = missing.map(({ flags }) => `'${flags}'`).join(', ');
    each.error(`error: required option${missing.length === 1 ? '' : 's'} ${list} not specified`);
  });
}

/** A command that says what it is for, shows how it is used, and loads what it does when it is called. */
export function command<Options>(
  name: string,
  { summary, description, examples, load }: CommandTexts<Options>,
): Command {
  return withSettings(new Command(name))
    .summary(summary)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
    .action(async (...given: unknown[]) => {
      const called = given.at(-1) as Command;
      const { run } = await load();
      const status = await run(called.optsWithGlobals() as Options, ...(given.slice(0, -2) as never[]));
      statuses.set(called.parent ?? called, status ?? EXIT.done);
    });
}

export interface CommandTexts<Options> {
  /** A few words, for the list of commands. */
  readonly summary: string;
  /** A sentence or more. */
  readonly description: string;
  /** Lines to be copied. They are at most 78 characters long. */
  readonly examples: readonly string[];
  readonly load: () => Promise<Runner<Options>>;
}

/** What commander says of an argument, which it repeats, and what it suggests in its place. */
function errorLine(text: string, options: readonly Option[]): string {
  const [what = '', said] = text.trimEnd().split(/\n(?=\(Did you mean [^\n]*\)$)/);
  // Commander suggests nothing where a dash is missing.
  const [, flag] = /^error: unknown option '-([a-z][\w-]*)/.exec(what) ?? [];
  const meant = flag && options.find(({ long }) => long === `--${flag}`)?.long;
  const suggestion = said ?? (meant ? `(Did you mean ${meant}?)` : undefined);
  return `${[what, suggestion].flatMap((line) => (line === undefined ? [] : [oneLine(line)])).join('\n')}\n`;
}

/** Settings of every command, since those of a parent are not inherited by a command that is added. */
export function withSettings(each: Command): Command {
  return each
    .configureOutput({
      getOutHelpWidth: () => widthOf(process.stdout),
      getErrHelpWidth: () => widthOf(process.stderr),
      writeOut: (text) => write(process.stdout, text),
      writeErr: (text) => write(process.stderr, text),
      outputError: (text) =>
        write(process.stderr, wrapped(errorLine(text, each.options), widthOf(process.stderr))),
    })
    .configureHelp({ showGlobalOptions: true })
    .helpOption('-h, --help', 'show this help')
    .allowExcessArguments(false)
    .showHelpAfterError('(add --help to see how it is used)')
    .exitOverride();
}
