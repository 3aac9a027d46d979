/** What a text must look like as a whole, and the words that say so in a message: "expected" or "must be" comes before them. */
export interface TextRule {
  readonly pattern: RegExp;
  readonly allowed: string;
}

// HealthImaging's rules (docs/healthimaging.md#1-calls). The simulator has its own: it stands for HealthImaging.

export const DATASTORE_ID: TextRule = {
  pattern: /^[0-9a-z]{32}$/,
  allowed: '32 characters of 0-9 and a-z',
};

export const JOB_ID: TextRule = {
  pattern: /^[0-9a-z]{1,32}$/,
  allowed: '1 to 32 characters of 0-9 and a-z',
};

export const S3_URI: TextRule = {
  pattern: /^(?=.{1,1024}$)s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/,
  allowed: 'an S3 URI such as s3://bucket/prefix/',
};

export const JOB_NAME: TextRule = {
  pattern: /^[A-Za-z0-9._/#-]{1,64}$/,
  allowed: '1 to 64 letters, digits and any of ._/#-',
};

export const CLIENT_TOKEN: TextRule = {
  pattern: /^[A-Za-z0-9._-]{1,64}$/,
  allowed: '1 to 64 letters, digits and any of ._-',
};

export const ROLE_ARN: TextRule = {
  pattern: /^(?=.{20,2048}$)arn:aws(-[^:]+)?:iam::[0-9]{12}:role\/.+$/,
  allowed: 'the ARN of a role, such as arn:aws:iam::111122223333:role/DicomImport',
};

export const ACCOUNT_ID: TextRule = { pattern: /^[0-9]{12}$/, allowed: '12 digits' };

export const UID: TextRule = { pattern: /^[0-9.]{0,512}$/, allowed: 'a UID, digits and dots' };

/** The pattern without its ends, as a part of a longer one. */
export function within({ pattern }: TextRule): string {
  return pattern.source.slice(1, -1);
}
