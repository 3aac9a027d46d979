import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { expect, test } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };

test('cdk.json sets the feature flags that the CDK recommends, so that no user is asked to', () => {
  expect(cdk.context).toMatchObject(flags);
});
