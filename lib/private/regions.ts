import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** https://docs.aws.amazon.com/general/latest/gr/healthimaging.html */
const REGIONS = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'eu-west-1', 'eu-west-2'];

/** A warning, not an error: AWS may have come to more regions since. */
export function warnOfRegion(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || REGIONS.includes(region)) return;
  Annotations.of(scope).addWarningV2(
    'dicom-import-watcher:region',
    `HealthImaging is in ${REGIONS.join(', ')}: in ${region} there may be nothing to watch`,
  );
}
