/**
 * What one import job may have. https://docs.aws.amazon.com/general/latest/gr/healthimaging.html
 * Only the number of files can be raised (`L-685AAB3A`).
 */
export const QUOTAS = {
  files: 5_000,
  folders: 10_000,
  bytes: 10 * 1024 ** 3,
  fileBytes: 10 * 1024 ** 3,
} as const;
