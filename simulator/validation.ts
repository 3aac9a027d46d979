import { z } from 'zod';
import { ServiceError } from './errors.ts';

// Every constraint below is that of the service model (botocore data/medical-imaging/2023-07-19).
const datastoreId = z.string().regex(/^[0-9a-z]{32}$/);
const s3Uri = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/);
const uid = z
  .string()
  .max(512)
  .regex(/^[0-9.]+$/);
const metadataFilePath = z
  .string()
  .min(1)
  .max(1024)
  // The same texts as the model's pattern, which takes for ever on some that it refuses.
  .refine((path) => /^[!-~](?:[!-~ ]*[!-~])?$/.test(path), {
    params: {
      constraint:
        'Member must satisfy regular expression pattern: [a-zA-Z0-9!-~]+([a-zA-Z0-9!-~ ]*[a-zA-Z0-9!-~]+)*',
    },
  });

const importConfiguration = z
  .object({
    dicomJsonMetadataImportConfiguration: z.object({
      dicomMetadataMappings: z
        .array(
          z.object({
            studyInstanceUID: uid,
            seriesInstanceUID: uid.optional(),
            metadataFilePath,
          }),
        )
        .min(1)
        .max(1000),
    }),
  })
  // A union with an unknown member must be refused; unknown fields elsewhere are ignored, as AWS does.
  .strict();

export const startRequest = z.object({
  datastoreId,
  dataAccessRoleArn: z
    .string()
    .min(20)
    .max(2048)
    .regex(/^arn:aws(-[^:]+)?:iam::[0-9]{12}:role\/.+$/),
  clientToken: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9._-]+$/),
  inputS3Uri: s3Uri,
  outputS3Uri: s3Uri,
  jobName: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9._/#-]+$/)
    .optional(),
  inputOwnerAccountId: z.string().length(12).regex(/^\d+$/).optional(),
  importConfiguration: importConfiguration.optional(),
});

export const getRequest = z.object({
  datastoreId,
  jobId: z
    .string()
    .min(1)
    .max(32)
    .regex(/^[0-9a-z]+$/),
});

const page = {
  maxResults: z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.number().min(1).max(50))
    .optional(),
  // The model's pattern is \p{ASCII}{0,8192}.
  nextToken: z
    .string()
    .min(1)
    .max(8192)
    .refine((token) => [...token].every((character) => character.charCodeAt(0) < 128), {
      params: { constraint: 'Member must satisfy regular expression pattern: \\p{ASCII}{0,8192}' },
    })
    .optional(),
};

export const listRequest = z.object({
  datastoreId,
  jobStatus: z.enum(['SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'FAILED']).optional(),
  ...page,
});

export const listDatastoresRequest = z.object({
  datastoreStatus: z.enum(['CREATING', 'CREATE_FAILED', 'ACTIVE', 'DELETING', 'DELETED']).optional(),
  ...page,
});

/**
 * The request in its checked form.
 * @throws {ServiceError} ValidationException naming every member that breaks a constraint, never its value, which
 * may be sensitive. AWS's wording; that a wrong JSON type is a ValidationException (and not a SerializationException)
 * is unverified.
 */
export function validated<T extends z.ZodType>(schema: T, request: unknown): z.output<T> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `Value at '${issue.path.join('.')}' failed to satisfy constraint: ${constraint(issue)}`,
  );
  const plural = problems.length === 1 ? 'error' : 'errors';
  throw new ServiceError(
    'ValidationException',
    `${problems.length} validation ${plural} detected: ${problems.join('; ')}`,
  );
}

function constraint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `Member must have ${bounded(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `Member must have ${bounded(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern?.replace(/^\/|\/$/g, '')}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
    case 'invalid_type':
      return issue.input === undefined && issue.message.endsWith('undefined')
        ? 'Member must not be null'
        : `Member must be of type ${issue.expected}`;
    case 'unrecognized_keys':
      return `Unknown union member: ${issue.keys.join(', ')}`;
    case 'custom':
      return String(issue.params?.constraint);
    default:
      return issue.message;
  }
}

function bounded(origin: string): string {
  return origin === 'number' ? 'value' : 'length';
}
