import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getHomeDir, loadSharedConfigFiles } from '@smithy/core/config';
import { oneLine } from '../../core/domain/text.ts';
import { CliError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';

/** The settings of a profile, by name. */
type Profile = Readonly<Record<string, string | undefined>>;

/** The profiles that the SDK finds, and what it says nothing about: files that it cannot read. */
export interface SharedConfiguration {
  readonly profiles: Readonly<Record<string, Profile>>;
  /** A sentence for each file. */
  readonly files: readonly string[];
  /** A sentence for each file that is wrong. */
  readonly problems: readonly string[];
}

/** Reads the shared configuration files of AWS as the SDK does. */
export async function readSharedConfiguration(): Promise<SharedConfiguration> {
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const [config, credentials] = await Promise.all([
    look(AWS_CONFIG_FILE || join(getHomeDir(), '.aws', 'config'), configFile),
    look(AWS_SHARED_CREDENTIALS_FILE || join(getHomeDir(), '.aws', 'credentials'), credentialsFile),
  ]);
  const names = Object.keys({ ...configFile, ...credentialsFile });
  return {
    profiles: Object.fromEntries(
      names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]),
    ),
    files: [config.found, credentials.found],
    problems: [config, credentials].flatMap(({ wrong, found }) => (wrong ? [found] : [])),
  };
}

const FIRST = 20;

async function look(
  path: string,
  profiles: Readonly<Record<string, unknown>>,
): Promise<{ found: string; wrong: boolean }> {
  const file = oneLine(path);
  try {
    const line = badLine(await readFile(path, 'utf8'));
    if (line !== undefined) {
      return {
        found: `${file} is wrong in line ${line}: expected [profile name] or name = value.`,
        wrong: true,
      };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { found: `${file} is not there.`, wrong: false };
    return { found: `${file} cannot be read (${systemReason(error) ?? 'unknown error'}).`, wrong: true };
  }
  // Sections that are not profiles, such as those of SSO, have a dot after what they are.
  const names = Object.keys(profiles).filter((name) => !/^(sso-session|services)\./.test(name));
  const more = names.length > FIRST ? `, and ${names.length - FIRST} more` : '';
  const list = names.slice(0, FIRST).map(oneLine).join(', ');
  return { found: names.length > 0 ? `${file} has ${list}${more}.` : `${file} has none.`, wrong: false };
}

/** The number of the first line that nobody can read. Its text may be a secret. */
function badLine(text: string): number | undefined {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const first = lines.findIndex((line) => !/^\s*([#;].*|\[[^\]]+\].*|[^\s=[][^=]*=.*)?$/.test(line));
  return first < 0 ? undefined : first + 1;
}

/** @throws CliError where a profile was named that is in none of the files. The SDK would look for credentials elsewhere. */
export function requireProfile({ profiles, files }: SharedConfiguration, name: string | undefined): void {
  if (!name || name === 'default' || profiles[name]) return;
  throw new CliError(`There is no profile '${oneLine(name)}'. ${files.join(' ')}`);
}

/** How each kind of profile gets its credentials, and what to do where it gets none. */
const KINDS: readonly [setting: string, advice: (value: string, profile: string) => string][] = [
  ['sso_session', (_, profile) => `Log in:\n  aws sso login --profile ${profile}`],
  ['sso_start_url', (_, profile) => `Log in:\n  aws sso login --profile ${profile}`],
  ['login_session', (_, profile) => `Log in:\n  aws login --profile ${profile}`],
  ['credential_process', () => 'Run its credential_process by hand to see why.'],
  ['source_profile', (value) => `Check its source_profile, which is '${value}'.`],
  ['credential_source', (value) => `Check its credential_source, which is '${value}'.`],
  ['web_identity_token_file', () => 'Check its web_identity_token_file.'],
];

const NO_CREDENTIALS =
  'There are no AWS credentials. Log in (aws sso login), name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

/**
 * What the SDK's error means where it found no region or no credentials.
 * @returns the error itself where it says something else.
 */
export function explainConnection(
  error: unknown,
  { profiles, problems }: SharedConfiguration,
  name: string | undefined,
): unknown {
  const { message = '', name: kind } = error as Error;
  const wrong = problems.map((problem) => ` ${problem}`).join('');
  const told = `\n  (${oneLine(message)})`;
  if (message === 'Region is missing') {
    const where = name ? `, or set region in the profile '${oneLine(name)}'` : '';
    return new CliError(`There is no AWS region. Name one with --region or AWS_REGION${where}.${wrong}`, {
      cause: error,
    });
  }
  if (kind !== 'CredentialsProviderError' && kind !== 'TokenProviderError') return error;
  const profile = profiles[name ?? 'default'];
  const found = KINDS.find(([setting]) => profile?.[setting]);
  if (!name && !found) return new CliError(`${NO_CREDENTIALS}${wrong}${told}`, { cause: error });
  const shown = oneLine(name ?? 'default');
  const advice = found
    ? found[1](oneLine(profile?.[found[0]] ?? ''), shown)
    : 'It has no keys, no role and no SSO session: aws configure writes them.';
  return new CliError(`The profile '${shown}' gives no AWS credentials.${wrong} ${advice}${told}`, {
    cause: error,
  });
}
