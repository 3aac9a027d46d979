import type { DicomImportWatcherStackProps } from '../../lib/index.ts';
import { type Account, startAccount } from '../../local/account.ts';
import { WatchedCloud } from '../support/watched-cloud.ts';
import { type Ran, runCli } from './run-cli.ts';
import { runBoth } from './start-cli.ts';

/** The watcher in virtual time, in an account whose other services answer as a test wants them to. */
export interface WatchedAccount {
  readonly watched: WatchedCloud;
  readonly account: Account;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command in this account; time stands still for it. */
  cli(...args: string[]): Promise<Ran>;
  /** As `cli`, and by the built command, too: both have to come to the same. */
  both(...args: string[]): Promise<Ran>;
  stop(): Promise<void>;
}

export async function startWatchedAccount(
  props: Partial<DicomImportWatcherStackProps> = {},
): Promise<WatchedAccount> {
  const watched = await WatchedCloud.start(props);
  const { environment } = watched.cloud;
  const { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge = '', AWS_ENDPOINT_URL_SNS: sns = '' } = environment;
  const account = await startAccount(watched.template, { eventBridge, sns });
  const env = { ...environment, AWS_ENDPOINT_URL_SQS: sns, ...account.env };
  return {
    watched,
    account,
    env,
    cli: (...args) => watched.clock.run(() => runCli(args, env)),
    both: (...args) => watched.clock.run(() => runBoth(args, env)),
    async stop() {
      await account.stop();
      await watched.stop();
    },
  };
}
