import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack, Token } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { PUBLISHED } from '../../lambda/contract.ts';
import { ASSETS } from './assets.ts';

/**
 * The regions of HealthImaging, all of which have EventBridge schemas.
 * https://docs.aws.amazon.com/general/latest/gr/healthimaging.html
 * https://docs.aws.amazon.com/general/latest/gr/eventbridgeschemas.html
 */
const REGIONS = ['us-east-1', 'us-west-2', 'ap-southeast-2', 'eu-west-1', 'eu-west-2'];

/** Whether the region of a construct is known to have a schema registry, or is not known yet. */
export function hasSchemaRegistry(scope: Construct): boolean {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || REGIONS.includes(region);
}

/** The schemas of all that is published, for whoever looks for them there and for code bindings. */
export class SchemaRegistry extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', { description: 'Verdicts on DICOM imports' });
    const documents = JSON.parse(readFileSync(join(ASSETS, 'schemas.json'), 'utf8'));
    for (const detailType of [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed]) {
      const name = detailType.replace(/ /g, '');
      new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: `${PUBLISHED.source}@${name}`,
        type: 'OpenApi3',
        content: JSON.stringify(documents[detailType]),
      });
    }
  }
}
