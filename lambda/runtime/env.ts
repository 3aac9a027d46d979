import { type Disclosure, ENV } from '../../core/contract/names.ts';

/** Reads an environment variable. @throws Error that names it when it is missing. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is not set`);
  }
  return value;
}

/** Reads an environment variable that may be missing. */
export function optionalEnv(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** What the owner discloses: `DISCLOSURE`. */
export function disclosure(): Disclosure {
  return JSON.parse(requireEnv(ENV.disclosure)) as Disclosure;
}

/** The Lambda functions that steps call, as the account calls them: `STEP_FUNCTIONS`. */
export function stepFunctionNames(): Readonly<Record<string, string>> {
  return JSON.parse(optionalEnv(ENV.stepFunctions) ?? '{}');
}

/** How many addresses each topic should reach: pairs of its ARN and the number. */
export function emailsExpected(): [topicArn: string, emails: number][] {
  return JSON.parse(optionalEnv(ENV.emailsExpected) ?? '[]');
}
