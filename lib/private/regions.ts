import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The regions of HealthImaging, all of which have EventBridge schemas.
 * https://docs.aws.amazon.com/general/latest/gr/healthimaging.html
 * https://docs.aws.amazon.com/general/latest/gr/eventbridgeschemas.html
 */
const REGIONS = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'eu-west-1', 'eu-west-2'];

/** Whether HealthImaging is in the region of a construct, or the region is not known yet. */
export function mayHaveHealthImaging(scope: IConstruct): boolean {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || REGIONS.includes(region);
}

/** A warning, not an error: AWS may have come to more regions since. */
export function warnOfRegion(scope: IConstruct): void {
  if (mayHaveHealthImaging(scope)) return;
  Annotations.of(scope).addWarningV2(
    'dicom-import-watcher:region',
    `HealthImaging is in ${REGIONS.join(', ')}: in ${Stack.of(scope).region} there may be nothing to watch`,
  );
}
