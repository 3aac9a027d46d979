import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { HEALTHIMAGING_REGIONS } from '../../core/contract/regions.ts';

/** A warning, not an error: AWS may have come to more regions since. */
export function warnOfRegion(scope: IConstruct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || HEALTHIMAGING_REGIONS.includes(region)) return;
  Annotations.of(scope).addWarningV2(
    'dicom-import-watcher:region',
    `HealthImaging is in ${HEALTHIMAGING_REGIONS.join(', ')}: in ${region} there may be nothing to watch`,
  );
}
