import { expect, test } from 'vitest';
import { isRetryable } from '../../../../core/domain/verdict/retryable.ts';

test.each(['InternalServerException', 'ThrottlingException', 'ServiceUnavailable', 'SlowDown'])(
  '%s: the same file may be imported again',
  (type) => {
    expect(isRetryable(type)).toBe(true);
  },
);

test.each([
  'ValidationException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'Unknown',
  '',
  'NotInternalServerException',
])('%s: it may not', (type) => {
  expect(isRetryable(type)).toBe(false);
});
