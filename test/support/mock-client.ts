import { mockClient as mockUntilRestored } from 'aws-sdk-client-mock';
import { afterAll } from 'vitest';

/** `mockClient` of aws-sdk-client-mock for one test file: the files of a process share the SDK's classes. */
export const mockClient: typeof mockUntilRestored = (client) => {
  const mock = mockUntilRestored(client);
  afterAll(() => mock.restore());
  return mock;
};
